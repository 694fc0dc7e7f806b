//! The screens over their router: what each form reads, what it refuses and how, and what no page may contain.

mod forms;
mod languages;
mod large;
mod markup;
mod origins;
