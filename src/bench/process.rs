//! What the operating system tells about a process on this machine (Linux, `/proc`).

use std::{fs, path::Path, time::Duration};

/// Clock ticks in a second, as `/proc` counts them on every Linux.
const TICKS_PER_SECOND: u64 = 100;

/// A process that listens on a port of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ServerProcess(u32);

impl ServerProcess {
    /// The one that listens on `port`; `None` when there is none, or it is somebody else's.
    pub(crate) fn listening_on(port: u16) -> Option<Self> {
        let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
            .iter()
            .filter_map(|table| fs::read_to_string(table).ok())
            .flat_map(|table| listening(&table, port))
            .collect();
        let processes = fs::read_dir("/proc").ok()?.filter_map(Result::ok);
        let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        ids.map(Self).find(|process| process.holds(&inodes))
    }

    fn holds(self, inodes: &[String]) -> bool {
        let Ok(files) = fs::read_dir(format!("/proc/{}/fd", self.0)) else { return false };
        files.filter_map(Result::ok).any(|file| {
            let target = fs::read_link(file.path()).unwrap_or_default();
            let inode =
                target.to_str().and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']'));
            inode.is_some_and(|inode| inodes.iter().any(|one| one == inode))
        })
    }

    /// The processor time that it has used.
    pub(crate) fn cpu(self) -> Option<Duration> {
        cpu_of(&Path::new("/proc").join(self.0.to_string()))
    }

    /// The most memory that it ever held, in bytes.
    pub(crate) fn peak_memory_bytes(self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib * 1024)
    }
}

/// The processor time that this program has used.
pub(crate) fn own_cpu() -> Option<Duration> {
    cpu_of(Path::new("/proc/self"))
}

/// Processes that wanted a core in the last minute.
pub(crate) fn load_average() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

fn cpu_of(folder: &Path) -> Option<Duration> {
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // The name, in brackets, may hold spaces; user and system time are fields 14 and 15.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: Vec<u64> =
        fields.split_whitespace().skip(11).take(2).filter_map(|text| text.parse().ok()).collect();
    let [user, system] = ticks[..] else { return None };
    Some(Duration::from_millis((user + system) * (1_000 / TICKS_PER_SECOND)))
}

/// The inodes of sockets that listen on `port`, from a table of the kernel.
fn listening(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    let local = format!(":{port:04X}");
    let rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.get(3) == Some(&LISTEN))
        .filter(|row| row.get(1).is_some_and(|address| address.ends_with(&local)))
        .filter_map(|row| row.get(9).map(|inode| (*inode).to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn the_process_behind_a_port_is_found_and_measured() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let found = ServerProcess::listening_on(port).expect("this process listens");
        assert_eq!(found, ServerProcess(std::process::id()));
        assert!(found.peak_memory_bytes().unwrap() > 100_000);
        assert!(found.cpu().is_some());
        drop(listener);
        assert_eq!(ServerProcess::listening_on(port), None);
    }
}
