use super::*;

// The example of the specification.
const VKEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo \
    Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

fn signer(name: &str, seed: u8) -> SignerKey {
    SignerKey::new(name, &[seed; 32]).unwrap()
}

#[test]
fn the_specifications_example_verifies() {
    let key: VerifierKey = VKEY.parse().unwrap();
    assert_eq!(key.to_string(), VKEY);
    let note = Note::parse(NOTE).unwrap();
    assert_eq!(note.text(), "This is an example message.\n");
    note.verify(&[key]).unwrap();
}

#[test]
fn any_byte_that_is_changed_makes_the_note_fail() {
    let key: VerifierKey = VKEY.parse().unwrap();
    for at in 0..NOTE.len() {
        for change in [1, 0x20] {
            let mut bytes = NOTE.as_bytes().to_vec();
            bytes[at] ^= change;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let verified =
                Note::parse(&text).and_then(|note| note.verify(std::slice::from_ref(&key)));
            assert!(verified.is_err(), "byte {at}: {text}");
        }
    }
}

#[test]
fn each_of_several_signers_is_enough_and_unknown_ones_are_passed_over() {
    let (old, new) = (signer("log.example", 1), signer("log.example", 2));
    let note = Note::parse(&sign("a\n\nb\n", &[&old, &new])).unwrap();
    assert_eq!(note.text(), "a\n\nb\n");
    for keys in [vec![old.verifier()], vec![new.verifier()], vec![old.verifier(), new.verifier()]] {
        note.verify(&keys).unwrap();
    }
    let stranger = signer("log.example", 3).verifier();
    note.verify(&[stranger.clone(), new.verifier()]).unwrap();
    assert!(matches!(note.verify(&[stranger]), Err(NoteError::NotSigned(_))));
    assert!(matches!(note.verify(&[]), Err(NoteError::NotSigned(_))));
}

#[test]
fn a_false_signature_by_a_known_key_beside_a_good_one_is_refused() {
    let (one, two) = (signer("one.example", 1), signer("two.example", 2));
    let good = sign("text\n", &[&one]);
    let other = sign("other text\n", &[&two]);
    let line = other.lines().last().unwrap();
    let note = Note::parse(&format!("{good}{line}\n")).unwrap();
    note.verify(&[one.verifier()]).unwrap();
    assert_eq!(
        note.verify(&[one.verifier(), two.verifier()]),
        Err(NoteError::Forged("two.example".to_owned()))
    );
}

#[test]
fn what_is_no_note_or_key_is_refused() {
    for note in [
        "",
        "text\n",
        "text\n\n",
        "text\n\n\u{2014} name AAAAAAAA",
        "text\n\n- name AAAAAAAA\n",
        "text\n\n\u{2014} name\n",
        "text\n\n\u{2014} na+me AAAAAAAA\n",
        "text\n\n\u{2014} name !\n",
        "text\n\n\u{2014} name AAAA\n",
        "te\txt\n\n\u{2014} name AAAAAAAA\n",
    ] {
        assert!(matches!(Note::parse(note), Err(NoteError::Malformed(_))), "{note:?}");
    }
    for key in [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm",
    ] {
        assert!(matches!(key.parse::<VerifierKey>(), Err(NoteError::Key(_))), "{key}");
    }
    for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
        assert!(SignerKey::new(name, &[1; 32]).is_none(), "{name:?}");
    }
}
