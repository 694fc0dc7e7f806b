//! The typed clients: VSA, LMPI and SMPI. One way out, one signature.
