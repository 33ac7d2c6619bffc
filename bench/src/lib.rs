//! What our measuring tools are made of: a recording of real load, clients that keep a journal, a
//! product to send it to, and a checker that compares what was promised with what is there.

pub mod broker;
pub mod client;
pub mod events;
pub mod figures;
pub mod http_load;
pub mod load;
pub mod measure;
pub mod names;
pub mod process;
pub mod product;
pub mod rivals;
pub mod sockets;
