//! Checkpoints, signed notes, proofs, tile paths and entry bundles are refused, or read so that
//! writing them again gives the same text.

use ledger::{Note, ProofText, SignerKey, TileFile, TreeHead, unbundle};

pub(crate) fn check(data: &[u8]) {
    let _ = unbundle(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = TileFile::parse(text);
    if let Some(head) = TreeHead::parse(text) {
        assert!(text.starts_with(&head.to_string()), "{text:?} is not what it was read as");
    }
    let signer = SignerKey::new("log.example/ledger", &[7; 32]).expect("it is a name");
    if let Ok(note) = Note::parse(text) {
        assert!(text.starts_with(note.text()));
        assert!(note.verify(&[signer.verifier()]).is_err(), "nobody guesses a signature");
    }
    if let Some(proof) = ProofText::parse(text) {
        assert_eq!(proof.to_string(), text);
        let _ = TreeHead::verify(&proof.checkpoint, &[signer.verifier()]);
    }
}
