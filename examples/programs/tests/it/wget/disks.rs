//! Files that cannot be written, and files that are replaced.

use super::{STYLES, WGET, body, has_own_mounts, script};
use crate::setup::{Folder, command, printed, serve, with_patience};

#[test]
fn a_full_disk_and_a_missing_folder_are_sentences() {
    with_patience(async {
        let server = serve(script);
        let url = format!("http://{}/large", server.address);
        for style in STYLES {
            for (file, sentence) in [
                (
                    "/dev/full",
                    "/dev/full cannot be written: No space left on device",
                ),
                ("/no/such/folder/file", "make the folder first"),
                ("/dev", "/dev cannot be written"),
            ] {
                let came = printed(WGET, ["--style", style, "-O", file, &url]).await;
                assert_eq!(came.code, Some(1), "{style}, {file}");
                assert!(came.stderr.contains(sentence), "{style}: {}", came.stderr);
            }
            let came = printed(WGET, ["--style", style, "-O", "/dev/null", &url]).await;
            assert_eq!(came.code, Some(0), "{style}: {}", came.stderr);
        }
        let small = format!("http://{}/small", server.address);
        let came = printed(WGET, ["-O", "-", &small]).await;
        assert_eq!(
            came.stdout.as_bytes(),
            String::from_utf8_lossy(&body(5)).as_bytes()
        );
        assert!(!came.stderr.contains("saved"), "{}", came.stderr);
    });
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_a_whole_one() {
    with_patience(async {
        let (server, folder) = (serve(script), Folder::new());
        let file = folder.0.join("file");
        std::fs::write(&file, b"before").unwrap();
        let path = file.to_str().unwrap();
        for style in STYLES {
            let cut = format!("http://{}/cut", server.address);
            let came = printed(WGET, ["--style", style, "-O", path, &cut]).await;
            assert_eq!(came.code, Some(1));
            assert_eq!(std::fs::read(&file).unwrap(), b"before", "{style}");
        }
        let small = format!("http://{}/small", server.address);
        assert_eq!(printed(WGET, ["-O", path, &small]).await.code, Some(0));
        assert_eq!(std::fs::read(&file).unwrap(), body(5));
        assert_eq!(folder.files(), ["file"]);
    });
}

#[test]
fn a_file_that_is_too_large_is_a_sentence_and_leaves_no_file() {
    with_patience(async {
        let server = serve(script);
        let url = format!("http://{}/large", server.address);
        for style in STYLES {
            let folder = Folder::new();
            let mut shell = command("sh");
            let line =
                format!("trap '' XFSZ; ulimit -f 8; exec {WGET} --style {style} -O file {url}");
            shell.args(["-c", &line]).current_dir(&folder.0);
            let output = shell.output().await.unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            let sentence = "wget: file cannot be written: File too large (os error 27); raise the limit of \
                            the shell (ulimit -f), or save to a disk that takes larger files";
            assert_eq!(told.lines().last(), Some(sentence), "{style}: {told}");
            assert_eq!(output.status.code(), Some(1), "{style}");
            assert_eq!(folder.files(), [""; 0], "{style}");
        }
    });
}

/// As root of a name space of its own: saves on a disk of 16 KiB, and prints what is left there.
const SMALL_DISK: &str = "mount -t tmpfs -o size=16k none . && cd \"$PWD\" && \
                          \"$@\"; status=$?; ls -A; exit $status";

#[test]
fn a_disk_that_fills_up_is_a_sentence_and_leaves_no_file() {
    if !has_own_mounts() {
        return;
    }
    with_patience(async {
        let server = serve(script);
        let url = format!("http://{}/large", server.address);
        for style in STYLES {
            let folder = Folder::new();
            let mut disk = command("unshare");
            disk.args(["-rm", "sh", "-c", SMALL_DISK, "sh", WGET, "--style", style]);
            disk.args(["-O", "file", &url]).current_dir(&folder.0);
            let output = disk.output().await.unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            let sentence = "wget: file cannot be written: No space left on device (os error 28); make \
                            room on the disk";
            assert_eq!(told.lines().last(), Some(sentence), "{style}: {told}");
            assert_eq!(output.status.code(), Some(1), "{style}");
            let left = String::from_utf8(output.stdout).unwrap();
            assert_eq!(left, "", "{style}");
        }
    });
}
