//! What must be true of the program as a whole.

mod architecture;
