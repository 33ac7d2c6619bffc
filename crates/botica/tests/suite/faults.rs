//! The faults that hospitals really have, injected and survived: each promise and each known fault as a
//! named test, in both modes where both have the fault.
//!
//! The same tests come in three sizes, chosen by `BOTICA_FAULTS`: a taste of each in every run of the tests,
//! the `set` (`make faults`), and the `proof`, whose numbers and minutes are those that we promise.

mod cases;
mod clients;
mod clock;
mod durability;
mod full_disk;
mod fuzz;
mod kills;
mod outages;
mod storm;
mod trace;

/// As many as `BOTICA_FAULTS` asks for: nothing, `set` or `proof`.
pub(crate) fn size<T>(taste: T, set: T, proof: T) -> T {
    match std::env::var("BOTICA_FAULTS").as_deref() {
        Ok("proof") => proof,
        Ok("set") => set,
        Ok(other) => panic!("BOTICA_FAULTS is {other}; it can be set or proof"),
        Err(_) => taste,
    }
}
