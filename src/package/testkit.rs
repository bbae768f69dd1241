//! Archives built byte by byte.
