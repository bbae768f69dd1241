//! Signed statements (Data 2.6): a JSON Web Signature (RFC 7515) taken apart, compared with its
//! statement, and verified with the certificate that it brings.

use crate::{
    Statement, ValidationError,
    json::{Document, JsonError, Kind, Limits, Value},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RsaParameters, UnparsedPublicKey,
};
use x509_cert::{
    certificate::{CertificateInner, Raw},
    der::Decode,
};

/// The algorithms that a signature may use (XAPI-00117).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

impl Algorithm {
    /// RFC 7518 section 3.3 asks for keys of 2048 bits or more.
    fn parameters(self) -> &'static RsaParameters {
        match self {
            Self::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
            Self::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
            Self::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
        }
    }
}

/// A signature in compact serialization, taken apart.
#[derive(Debug, Clone)]
pub struct Jws<'a> {
    /// How it is signed.
    pub algorithm: Algorithm,
    /// The certificates in `x5c`, DER, the signer's first; empty if there are none.
    pub certificates: Vec<Vec<u8>>,
    /// The signed statement, as it was before the signature was added.
    pub payload: Vec<u8>,
    /// What is signed: header and payload as sent.
    pub signing_input: &'a [u8],
    /// The signature's bytes.
    pub signature: Vec<u8>,
}

/// An attachment that should be a signature is none; 400 Bad Request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The metadata says something else (XAPI-00115).
    #[error("a signature's contentType must be application/octet-stream (XAPI-00115)")]
    MediaType,
    /// The data is no JWS in compact serialization (XAPI-00115).
    #[error("the signature is no JWS in compact serialization (XAPI-00115)")]
    NotJws,
    /// The JWS header cannot be read (XAPI-00115).
    #[error("the header of the signature: {0}")]
    Header(#[source] JsonError),
    /// The algorithm is none of the three (XAPI-00117).
    #[error("a signature's algorithm must be RS256, RS384 or RS512, not {0:?} (XAPI-00117)")]
    Algorithm(String),
    /// The header asks for an extension that nobody here knows (RFC 7515 section 4.1.11).
    #[error("the signature names a critical extension (\"crit\") that is not known here")]
    Critical,
    /// What stands in `x5c` is no chain of certificates (RFC 7515 section 4.1.6).
    #[error(
        "x5c of the signature must be a list of X.509 certificates in base64, the signer's first"
    )]
    Certificate,
    /// The certificate's key did not make the signature (Data 2.6).
    #[error(
        "the signature is not one of its certificate's key, RSA of at least 2048 bits (Data 2.6)"
    )]
    NotOfCertificate,
    /// The payload is no statement (XAPI-00116).
    #[error("the signed statement: {0}")]
    Payload(#[source] ValidationError),
    /// Another statement is signed (XAPI-00116).
    #[error("the signed statement is not the one that carries the signature (XAPI-00116)")]
    Different,
}

impl<'a> Jws<'a> {
    /// Takes apart the data of a signature attachment.
    pub fn parse(data: &'a [u8]) -> Result<Self, SignatureError> {
        let mut dots = data.iter().enumerate().filter(|(_, byte)| **byte == b'.');
        let (Some((first, _)), Some((second, _)), None) = (dots.next(), dots.next(), dots.next())
        else {
            return Err(SignatureError::NotJws);
        };
        let decode = |part: &[u8]| URL_SAFE_NO_PAD.decode(part).map_err(|_| SignatureError::NotJws);
        let header = decode(&data[..first])?;
        let header = Document::parse(&header, Limits::default()).map_err(SignatureError::Header)?;
        let text = |name: &str| header.root().get(name).and_then(Value::as_str);
        let algorithm = match text("alg").as_deref() {
            Some("RS256") => Algorithm::Rs256,
            Some("RS384") => Algorithm::Rs384,
            Some("RS512") => Algorithm::Rs512,
            other => {
                return Err(SignatureError::Algorithm(other.unwrap_or_default().to_owned()));
            }
        };
        if header.root().get("crit").is_some() {
            return Err(SignatureError::Critical);
        }
        Ok(Self {
            algorithm,
            certificates: header.root().get("x5c").map_or(Ok(Vec::new()), certificates)?,
            payload: decode(&data[first + 1..second])?,
            signing_input: &data[..second],
            signature: decode(&data[second + 1..])?,
        })
    }

    /// Checks the signature with the key of the signer's certificate, if there is one (Data 2.6).
    /// That catches mistakes; whom the certificate names is for others to judge.
    pub fn verify(&self) -> Result<(), SignatureError> {
        let Some(der) = self.certificates.first() else { return Ok(()) };
        let certificate =
            CertificateInner::<Raw>::from_der(der).map_err(|_| SignatureError::Certificate)?;
        let key = &certificate.tbs_certificate().subject_public_key_info().subject_public_key;
        UnparsedPublicKey::new(self.algorithm.parameters(), key.raw_bytes())
            .verify(self.signing_input, &self.signature)
            .map_err(|_| SignatureError::NotOfCertificate)
    }

    /// Checks that the payload is the statement that carries the signature (XAPI-00116).
    pub fn check_payload(&self, statement: &Statement) -> Result<(), SignatureError> {
        let signed = Statement::parse(&self.payload, statement.read_as())
            .map_err(SignatureError::Payload)?;
        let ids_agree = match (signed.id(), statement.id()) {
            (Some(signed), Some(sent)) => signed == sent,
            _ => true,
        };
        if ids_agree && signed.same_as(statement) {
            return Ok(());
        }
        Err(SignatureError::Different)
    }
}

/// The certificates of `x5c`.
fn certificates(list: Value<'_>) -> Result<Vec<Vec<u8>>, SignatureError> {
    if list.kind() != Kind::Array || list.elements().next().is_none() {
        return Err(SignatureError::Certificate);
    }
    let decoded = list.elements().map(|certificate| {
        let text = certificate.as_str().ok_or(SignatureError::Certificate)?;
        STANDARD.decode(text.as_bytes()).map_err(|_| SignatureError::Certificate)
    });
    decoded.collect()
}

/// Checks the signatures of a statement, `data` giving attachments by hash (Data 2.6), and gives
/// them back.
pub fn check_signatures<'a>(
    statement: &Statement,
    data: impl Fn(&str) -> Option<&'a [u8]>,
) -> Result<Vec<Jws<'a>>, SignatureError> {
    let mut signatures = Vec::new();
    for attachment in statement.attachments().iter().filter(|a| a.is_signature()) {
        if attachment.content_type != "application/octet-stream" {
            return Err(SignatureError::MediaType);
        }
        let jws = Jws::parse(data(&attachment.sha2).ok_or(SignatureError::NotJws)?)?;
        jws.check_payload(statement)?;
        jws.verify()?;
        signatures.push(jws);
    }
    Ok(signatures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;
    use domain::Sha256Digest;

    const PLAIN: &str = r#"{"actor":{"mbox":"mailto:a@b.c"},"verb":{"id":"http://v.example/"},"object":{"id":"http://o.example/"},"result":{"duration":"PT1.12S"}}"#;

    fn signed(header: &str, payload: &str) -> Vec<u8> {
        let parts = [header, payload, "signature"].map(|part| URL_SAFE_NO_PAD.encode(part));
        parts.join(".").into_bytes()
    }

    fn check(data: &[u8], media_type: &str) -> Result<usize, SignatureError> {
        let attachment = format!(
            r#","attachments":[{{"usageType":"{}","display":{{"en":"s"}},"contentType":"{media_type}","length":1,"sha2":"{}"}}]}}"#,
            crate::SIGNATURE_USAGE,
            Sha256Digest::of(data)
        );
        let text = PLAIN.replace("PT1.12S", "PT1.1277S");
        let text = format!("{}{attachment}", text.strip_suffix('}').unwrap_or_default());
        let statement = Statement::parse(text.as_bytes(), Version::V2_0).unwrap();
        check_signatures(&statement, |_| Some(data)).map(|signatures| signatures.len())
    }

    #[test]
    fn xapi_00115_to_00117_a_signature_is_a_jws_of_its_statement() {
        let octets = "application/octet-stream";
        let header = r#"{"alg":"RS256"}"#;
        assert_eq!(check(&signed(header, PLAIN), octets), Ok(1));
        assert_eq!(check(&signed(r#"{"alg":"RS512"}"#, PLAIN), octets), Ok(1));
        let jws = signed(header, PLAIN);
        assert!(Jws::parse(&jws).unwrap().certificates.is_empty());
        assert_eq!(check(&signed(header, PLAIN), "text/plain"), Err(SignatureError::MediaType));
        for (header, payload) in [
            (r#"{"alg":"HS256"}"#, PLAIN),
            (r#"{"alg":"none"}"#, PLAIN),
            ("{}", PLAIN),
            ("{", PLAIN),
            (r#"{"alg":"RS256","crit":["b64"],"b64":false}"#, PLAIN),
            (r#"{"alg":"RS256","x5c":[]}"#, PLAIN),
            (r#"{"alg":"RS256","x5c":"AQID"}"#, PLAIN),
            (r#"{"alg":"RS256","x5c":["AQID"]}"#, PLAIN),
            (r#"{"alg":"RS256","x5c":["%"]}"#, PLAIN),
            (header, "{}"),
            (header, "not json"),
            (header, &PLAIN.replace("o.example", "p.example")),
        ] {
            assert!(check(&signed(header, payload), octets).is_err(), "{header} {payload}");
        }
        for data in [
            &b""[..],
            b"a.b",
            b"a.b.c.d",
            b"!.!.!",
            b"\xff.\xff.\xff",
            br#"{"payload":"e30","signatures":[]}"#,
        ] {
            assert!(check(data, octets).is_err());
        }
    }

    const SIGNED: [&str; 3] = [
        include_str!("tests/signed/rs256.jws"),
        include_str!("tests/signed/rs384.jws"),
        include_str!("tests/signed/rs512.jws"),
    ];

    #[test]
    fn xapi_00117_a_signature_is_verified_with_the_certificate_that_it_brings() {
        let algorithms = [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512];
        for (signed, algorithm) in SIGNED.iter().zip(algorithms) {
            let jws = Jws::parse(signed.as_bytes()).unwrap();
            assert_eq!((jws.algorithm, jws.verify()), (algorithm, Ok(())));
            let mut other = jws.clone();
            other.signature[0] ^= 1;
            assert_eq!(other.verify(), Err(SignatureError::NotOfCertificate));
            let mut other = jws.clone();
            other.signing_input = &signed.as_bytes()[1..];
            assert_eq!(other.verify(), Err(SignatureError::NotOfCertificate));
        }
        let swapped = include_str!("tests/signed/rs256_with_another_key.jws");
        let jws = Jws::parse(swapped.as_bytes()).unwrap();
        assert_eq!(jws.verify(), Err(SignatureError::NotOfCertificate));
    }

    #[test]
    fn xapi_00117_a_short_key_verifies_nothing() {
        let jws = Jws::parse(include_bytes!("tests/signed/rs256_with_1024_bits.jws")).unwrap();
        assert_eq!(jws.verify(), Err(SignatureError::NotOfCertificate));
    }
}
