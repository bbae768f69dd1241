//! What a statement says about its attachments (Data 2.4.11).

use crate::{
    check::{iri, language_map, number, object, required, string, unknown},
    error::{Checked, refuse},
    json::Value,
    text::{is_media_type, is_sha2},
};

/// `usageType` of a signature (Data 2.6).
pub const SIGNATURE_USAGE: &str = "http://adlnet.gov/expapi/attachments/signature";

/// An attachment's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What it is for, an IRI.
    pub usage_type: String,
    /// Its media type.
    pub content_type: String,
    /// Its length in bytes, as stated; `None` if beyond 64 bits.
    pub length: Option<u64>,
    /// Its SHA-2 hash in lower-case hexadecimal.
    pub sha2: String,
    /// Where it can be had, if it is not sent along.
    pub file_url: Option<String>,
}

impl Attachment {
    /// Whether it is the signature of its statement.
    pub fn is_signature(&self) -> bool {
        self.usage_type == SIGNATURE_USAGE
    }
}

const KEYS: [&str; 7] =
    ["usageType", "display", "description", "contentType", "length", "sha2", "fileUrl"];

/// Reads an attachment (XAPI-00102 to 00107).
pub(crate) fn read_attachment(value: Value<'_>) -> Checked<Attachment> {
    let (mut usage_type, mut content_type, mut length) = (None, None, None);
    let (mut sha2, mut file_url, mut display) = (None, None, None);
    for (key, value) in object(value, "an attachment", "XAPI-00025")? {
        match &*key.text() {
            "usageType" => usage_type = Some(iri(value, "usageType", "XAPI-00107")?.into_owned()),
            "display" => display = Some(language_map(value, "display", "XAPI-00106")?),
            "description" => language_map(value, "description", "XAPI-00121")?,
            "contentType" => {
                let text = string(value, "contentType", "XAPI-00105")?;
                if !is_media_type(&text) {
                    let message = format!("contentType must be a media type, not {text:?}");
                    return refuse(value.offset(), "XAPI-00105", message);
                }
                content_type = Some(text.into_owned());
            }
            "length" => {
                let exact = number(value, "length", "XAPI-00102")?;
                if !exact.is_integer() || exact.is_negative() {
                    let message = "length must be a whole number of bytes";
                    return refuse(value.offset(), "XAPI-00102", message);
                }
                length = Some(value.text().parse().ok());
            }
            "sha2" => {
                let text = string(value, "sha2", "XAPI-00103")?;
                if !is_sha2(&text) {
                    let message = format!("sha2 must be a SHA-2 hash in hexadecimal, not {text:?}");
                    return refuse(value.offset(), "XAPI-00103", message);
                }
                sha2 = Some(text.to_ascii_lowercase());
            }
            "fileUrl" => file_url = Some(iri(value, "fileUrl", "XAPI-00104")?.into_owned()),
            _ => return unknown(key, "an attachment", &KEYS),
        }
    }
    required(display, value, "display of an attachment", "XAPI-00106")?;
    Ok(Attachment {
        usage_type: required(usage_type, value, "usageType of an attachment", "XAPI-00107")?,
        content_type: required(content_type, value, "contentType of an attachment", "XAPI-00105")?,
        length: required(length, value, "length of an attachment", "XAPI-00102")?,
        sha2: required(sha2, value, "sha2 of an attachment", "XAPI-00103")?,
        file_url,
    })
}
