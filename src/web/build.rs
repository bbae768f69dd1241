//! Lists the files under `content/` that browsers fetch, so that adding one needs no code.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Folders below `content/` and the name of the table made of each.
const FOLDERS: [(&str, &str); 2] = [("player", "PLAYER"), ("console/assets", "CONSOLE")];

fn main() {
    // Asked when it runs: a script that was built for another checkout may be used again here.
    let crate_folder = env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets CARGO_MANIFEST_DIR");
    let content = Path::new(&crate_folder).join("../../content");
    let mut code = String::new();
    for (folder, table) in FOLDERS {
        let root = content.join(folder);
        println!("cargo::rerun-if-changed={}", root.display());
        let mut files = Vec::new();
        list(&root, &mut files);
        files.sort();
        writeln!(code, "pub(crate) const {table}: &[(&str, &[u8])] = &[").expect("text grows");
        for file in files {
            let name = file.strip_prefix(&root).expect("listed below it").display().to_string();
            let path = file.canonicalize().expect("listed files exist");
            writeln!(code, "    ({name:?}, include_bytes!({:?})),", path.display().to_string())
                .expect("text grows");
        }
        code.push_str("];\n");
    }
    let out = env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("assets.rs"), code).expect("OUT_DIR can be written");
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.expect("a readable entry").path()) {
        if path.is_dir() {
            list(&path, files);
        } else {
            files.push(path);
        }
    }
}
