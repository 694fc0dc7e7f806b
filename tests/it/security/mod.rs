//! What `SECURITY.md` promises, held to everything that is served: the operations of the `OpenAPI` document and the routes of the
//! screens are read from their sources, so a new one is tested without being named here.

mod canaries;
mod credentials;
mod foreign;
mod headers;
mod house;
mod limits;
mod migrating;
mod origins;
mod promises;
pub mod routes;
