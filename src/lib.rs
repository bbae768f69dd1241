//! Attestry.
