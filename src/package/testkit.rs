//! Archives built byte by byte, honest or lying, for tests here and in other crates.

use crate::write::deflate;

/// One entry, with every field that an archive can lie about.
#[derive(Debug, Clone)]
pub struct RawEntry {
    /// Name in the central directory.
    pub name: Vec<u8>,
    /// Name in the local header.
    pub local_name: Vec<u8>,
    /// General purpose flags, in both headers.
    pub flags: u16,
    /// Method in the central directory.
    pub method: u16,
    /// Method in the local header.
    pub local_method: u16,
    /// CRC-32 in the central directory.
    pub crc32: u32,
    /// CRC-32 in the local header.
    pub local_crc32: u32,
    /// Unpacked size in both headers.
    pub unpacked: u64,
    /// Packed size in the central directory; the data's length when `None`.
    pub packed: Option<u64>,
    /// Sizes of the local header, when they differ from the others.
    pub local_sizes: Option<(u32, u32)>,
    /// What stands between the headers.
    pub data: Vec<u8>,
    /// Host in "version made by": 0 DOS, 3 Unix.
    pub host: u8,
    /// Unix mode.
    pub mode: u16,
    /// Extra fields of the central directory.
    pub extra: Vec<u8>,
    /// Whether sizes and offset stand in a zip64 extra field.
    pub zip64: bool,
    /// The local header's offset, when it is not where the entry is.
    pub offset: Option<u64>,
    /// Disk on which the entry starts.
    pub disk: u16,
}

impl RawEntry {
    /// An honest stored file.
    pub fn stored(name: impl AsRef<[u8]>, bytes: &[u8]) -> Self {
        let (name, crc32) = (name.as_ref().to_vec(), crc32fast::hash(bytes));
        Self {
            local_name: name.clone(),
            name,
            flags: 0,
            method: 0,
            local_method: 0,
            crc32,
            local_crc32: crc32,
            unpacked: bytes.len() as u64,
            packed: None,
            local_sizes: None,
            data: bytes.to_vec(),
            host: 3,
            mode: 0o100_644,
            extra: Vec::new(),
            zip64: false,
            offset: None,
            disk: 0,
        }
    }

    /// An honest deflated file.
    pub fn deflated(name: impl AsRef<[u8]>, bytes: &[u8]) -> Self {
        let data = deflate(bytes);
        Self { method: 8, local_method: 8, data, ..Self::stored(name, bytes) }
    }

    /// The same entry with another name in both headers.
    #[must_use]
    pub fn named(self, name: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref().to_vec();
        Self { local_name: name.clone(), name, ..self }
    }

    fn sizes(&self) -> (u64, u64) {
        (self.packed.unwrap_or(self.data.len() as u64), self.unpacked)
    }

    fn local(&self) -> Vec<u8> {
        let (packed, unpacked) = self.local_sizes.unwrap_or_else(|| {
            let (packed, unpacked) = self.sizes();
            (narrow(packed, self.zip64), narrow(unpacked, self.zip64))
        });
        let mut header = b"PK\x03\x04".to_vec();
        put16(&mut header, &[45, self.flags, self.local_method, 0, 0x21]);
        put32(&mut header, &[self.local_crc32, packed, unpacked]);
        put16(&mut header, &[length(&self.local_name), 0]);
        header.extend(&self.local_name);
        header
    }

    fn central(&self, offset: u64) -> Vec<u8> {
        let offset = self.offset.unwrap_or(offset);
        let (packed, unpacked) = self.sizes();
        let mut extra = self.extra.clone();
        if self.zip64 {
            put16(&mut extra, &[1, 24]);
            put64(&mut extra, &[unpacked, packed, offset]);
        }
        let mut record = b"PK\x01\x02".to_vec();
        record.extend([45, self.host]);
        put16(&mut record, &[45, self.flags, self.method, 0, 0x21]);
        let sizes = [packed, unpacked].map(|size| narrow(size, self.zip64));
        put32(&mut record, &[self.crc32, sizes[0], sizes[1]]);
        put16(&mut record, &[length(&self.name), length(&extra), 0, self.disk, 0]);
        put32(&mut record, &[u32::from(self.mode) << 16, narrow(offset, self.zip64)]);
        record.extend(&self.name);
        record.extend(extra);
        record
    }
}

/// A whole archive, with an end record that may lie too.
#[derive(Debug, Clone, Default)]
pub struct RawArchive {
    /// Its entries in order.
    pub entries: Vec<RawEntry>,
    /// Bytes before the first entry.
    pub prefix: Vec<u8>,
    /// The archive comment.
    pub comment: Vec<u8>,
    /// Entries stated, when not the real number.
    pub stated_entries: Option<u16>,
    /// Bytes of the central directory stated, when not the real number.
    pub stated_bytes: Option<u32>,
    /// Number of this disk.
    pub disk: u16,
    /// Whether a zip64 end record and its locator are written.
    pub zip64: bool,
}

impl RawArchive {
    /// An archive of these entries.
    pub fn of(entries: impl IntoIterator<Item = RawEntry>) -> Self {
        Self { entries: entries.into_iter().collect(), ..Self::default() }
    }

    /// The archive's bytes.
    pub fn build(&self) -> Vec<u8> {
        let mut archive = self.prefix.clone();
        let mut directory = Vec::new();
        let start = archive.len();
        for entry in &self.entries {
            directory.extend(entry.central((archive.len() - start) as u64));
            archive.extend(entry.local());
            archive.extend(&entry.data);
        }
        let offset = (archive.len() - start) as u64;
        let (bytes, count) = (directory.len() as u64, self.entries.len() as u64);
        archive.extend(directory);
        if self.zip64 {
            let record = (archive.len() - start) as u64;
            archive.extend(b"PK\x06\x06");
            put64(&mut archive, &[44]);
            put16(&mut archive, &[45, 45]);
            put32(&mut archive, &[0, 0]);
            put64(&mut archive, &[count, count, bytes, offset]);
            archive.extend(b"PK\x06\x07");
            put32(&mut archive, &[0]);
            put64(&mut archive, &[record]);
            put32(&mut archive, &[1]);
        }
        let short = |number: u64| u16::try_from(number).unwrap_or(u16::MAX);
        let stated = self.stated_entries.unwrap_or(short(count));
        let entries = if self.zip64 { u16::MAX } else { stated };
        archive.extend(b"PK\x05\x06");
        put16(&mut archive, &[self.disk, 0, entries, entries]);
        let bytes = self.stated_bytes.unwrap_or_else(|| narrow(bytes, self.zip64));
        put32(&mut archive, &[bytes, narrow(offset, self.zip64)]);
        put16(&mut archive, &[length(&self.comment)]);
        archive.extend(&self.comment);
        archive
    }
}

fn narrow(number: u64, zip64: bool) -> u32 {
    if zip64 { u32::MAX } else { u32::try_from(number).unwrap_or(u32::MAX) }
}

fn length(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX)
}

fn put16(into: &mut Vec<u8>, fields: &[u16]) {
    into.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
}

fn put32(into: &mut Vec<u8>, fields: &[u32]) {
    into.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
}

fn put64(into: &mut Vec<u8>, fields: &[u64]) {
    into.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
}

/// A small SCORM 1.2 manifest that starts `index.html`.
pub const MANIFEST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="M1" version="1.0"
  xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="O1">
    <organization identifier="O1">
      <title>A course</title>
      <item identifier="I1" identifierref="R1"><title>A lesson</title></item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="R1" type="webcontent" adlcp:scormtype="sco" href="index.html">
      <file href="index.html"/>
    </resource>
  </resources>
</manifest>
"#;

/// The page that [`MANIFEST`] starts; it reports all that a manifest can wait for.
pub const PAGE: &str = "<!doctype html><title>A lesson</title><p>Nothing to see here.</p>\
<script>API.LMSInitialize(''); API.LMSSetValue('cmi.core.lesson_status', 'completed');\
API.LMSSetValue('cmi.core.score.raw', '100'); API.LMSFinish('')</script>";

/// The smallest package that is accepted without a finding, as raw entries.
pub fn valid_entries() -> Vec<RawEntry> {
    vec![
        RawEntry::deflated("imsmanifest.xml", MANIFEST.as_bytes()),
        RawEntry::deflated("index.html", PAGE.as_bytes()),
    ]
}
