//! Where packages are kept.

use super::{ConfigError, Given, host, is_local, read_number};
use blob::S3Options;
use std::path::{Path, PathBuf};

/// Most bytes of packages of an object store that stay in memory, unless set.
const CACHE_BYTES_MAX: u64 = 64 << 20;

/// Settings of ours that say what variables of Amazon's tools say; ours win.
const S3_SETTINGS: [(&str, &str); 4] = [
    ("s3_endpoint", "AWS_ENDPOINT_URL_S3"),
    ("s3_region", "AWS_REGION"),
    ("s3_access_key_id", "AWS_ACCESS_KEY_ID"),
    ("s3_secret_access_key", "AWS_SECRET_ACCESS_KEY"),
];

/// Where packages are kept.
#[derive(Debug, Clone)]
pub enum Packages {
    /// In this folder.
    Folder(PathBuf),
    /// In a bucket of an S3-compatible store.
    S3(S3Options),
}

impl Packages {
    pub(super) fn read(given: &Given, data: &Path) -> Result<Self, ConfigError> {
        let mut settings = given.aws.clone();
        for (ours, theirs) in S3_SETTINGS {
            let value = given.read(ours, |value| match ours {
                "s3_endpoint" if !is_http(value) => {
                    Err("must begin with https:// or http://".to_owned())
                }
                _ => Ok(value.to_owned()),
            })?;
            settings.extend(value.map(|value| (theirs.to_owned(), value)));
        }
        let cache_bytes_max = given.read("s3_cache_bytes_max", read_number)?;
        let packages = given.read("blob_url", |url| match url.split_once("://") {
            Some(("file", path)) if !path.is_empty() => Ok(Self::Folder(path.into())),
            Some(("s3", name)) if !name.starts_with('/') && !name.is_empty() => {
                let (bucket, prefix) = name.split_once('/').unwrap_or((name, ""));
                Ok(Self::S3(S3Options {
                    bucket: bucket.to_owned(),
                    prefix: prefix.trim_matches('/').to_owned(),
                    settings: settings.clone(),
                    cache_bytes_max: cache_bytes_max.unwrap_or(CACHE_BYTES_MAX),
                }))
            }
            _ => Err("must be file:// and a folder, or s3://bucket/prefix".to_owned()),
        })?;
        Ok(packages.unwrap_or_else(|| Self::Folder(data.join("packages"))))
    }

    /// What is unsafe about it.
    pub(super) fn warning(&self) -> Option<String> {
        let Self::S3(options) = self else { return None };
        let is_endpoint = |name: &str| {
            let name = name.to_ascii_uppercase();
            ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"].contains(&name.as_str())
        };
        let (_, url) = options.settings.iter().rfind(|(name, _)| is_endpoint(name))?;
        (url.starts_with("http://") && !is_local(host(url)))
            .then(|| format!("{url} is not https: packages can be read and changed on their way"))
    }
}

fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn given(variables: &[(&str, &str)]) -> Given {
        let mut given = Given::default();
        given.read_environment(
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())),
        );
        given
    }

    #[test]
    fn packages_lie_in_the_data_folder_in_a_folder_or_in_a_bucket() {
        let config = Config::new(&given(&[("ATTESTRY_DATA", "/var/a")])).unwrap();
        assert!(
            matches!(config.packages, Packages::Folder(path) if path == Path::new("/var/a/packages"))
        );
        let config = Config::new(&given(&[("ATTESTRY_BLOB_URL", "file:///srv/p")])).unwrap();
        assert!(matches!(config.packages, Packages::Folder(path) if path == Path::new("/srv/p")));
        for (url, prefix) in [("s3://bucket", ""), ("s3://bucket/a/b/", "a/b")] {
            let config = Config::new(&given(&[("ATTESTRY_BLOB_URL", url)])).unwrap();
            let Packages::S3(options) = config.packages else { panic!("{url} is a bucket") };
            assert_eq!((options.bucket.as_str(), options.prefix.as_str()), ("bucket", prefix));
        }
        for wrong in ["s3://", "s3:///prefix", "file://", "gs://bucket", "bucket"] {
            let error = Config::new(&given(&[("ATTESTRY_BLOB_URL", wrong)])).unwrap_err();
            assert!(error.to_string().contains("blob_url"), "{error}");
        }
    }

    #[test]
    fn settings_of_ours_come_after_those_of_amazons_tools() {
        let given = given(&[
            ("ATTESTRY_BLOB_URL", "s3://bucket"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_SECRET_ACCESS_KEY", "theirs"),
            ("ATTESTRY_S3_SECRET_ACCESS_KEY", "ours"),
            ("ATTESTRY_S3_ENDPOINT", "http://store.example:9000"),
        ]);
        let config = Config::new(&given).unwrap();
        let Packages::S3(options) = &config.packages else { panic!("it is a bucket") };
        let last = |name: &str| options.settings.iter().rfind(|(known, _)| known == name).cloned();
        let value = |name| last(name).map(|(_, value)| value);
        assert_eq!(value("AWS_REGION").as_deref(), Some("eu-central-1"));
        assert_eq!(value("AWS_SECRET_ACCESS_KEY").as_deref(), Some("ours"));
        assert_eq!(value("AWS_ENDPOINT_URL_S3").as_deref(), Some("http://store.example:9000"));
        let warnings = config.warnings(&given);
        assert!(warnings.iter().any(|text| text.contains("store.example")), "{warnings:?}");
        let shown = format!("{} {config:?}", Config::print(&given));
        assert!(!shown.contains("ours\"") && !shown.contains("theirs"), "{shown}");
        let wrong = self::given(&[("ATTESTRY_S3_ENDPOINT", "store.example")]);
        assert!(Config::new(&wrong).is_err());
    }
}
