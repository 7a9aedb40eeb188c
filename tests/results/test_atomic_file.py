from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from promptopt.errors import InputError
from promptopt.results import atomic_file
from promptopt.results.atomic_file import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)


def test_writes_exactly_the_text(tmp_path: Path) -> None:
    text = "No newline at the end\r\nnaïve 日本\u202e"
    write_atomically(tmp_path / "prompt.txt", text)
    assert (tmp_path / "prompt.txt").read_bytes() == text.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["prompt.txt"]


def test_a_new_file_gets_usual_permissions(tmp_path: Path) -> None:
    write_atomically(tmp_path / "prompt.txt", "x")
    (tmp_path / "usual").touch()
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("prompt.txt", "usual")}
    assert len(modes) == 1


def test_never_overwrites_unasked(tmp_path: Path) -> None:
    path = tmp_path / "prompt.txt"
    path.write_text("mine")
    with pytest.raises(InputError, match=r"prompt\.txt exists already; name another file$"):
        write_atomically(path, "new")
    assert path.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["prompt.txt"]


def test_refuses_a_name_that_was_taken_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "prompt.txt"
    real_link = os.link

    def somebody_was_faster(source: Path, target: Path) -> None:
        path.write_text("theirs")
        real_link(source, target)

    monkeypatch.setattr(atomic_file.os, "link", somebody_was_faster)
    with pytest.raises(InputError, match="exists already"):
        write_atomically(path, "mine")
    assert path.read_text() == "theirs"
    assert [each.name for each in tmp_path.iterdir()] == ["prompt.txt"]


def test_overwrites_when_asked_and_keeps_permissions(tmp_path: Path) -> None:
    path = tmp_path / "prompt.txt"
    path.write_text("old")
    path.chmod(0o600)
    write_atomically(path, "new", overwrite=True)
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_overwriting_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    write_atomically(tmp_path / "link.txt", "new", overwrite=True)
    assert (tmp_path / "real.txt").read_text() == "new"
    assert (tmp_path / "link.txt").is_symlink()


def test_a_dangling_link_counts_as_taken(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="exists already"):
        write_atomically(tmp_path / "link.txt", "new")
    assert not (tmp_path / "nowhere").exists()


def test_works_where_links_are_not_supported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(atomic_file.os, "link", no_links)
    write_atomically(tmp_path / "prompt.txt", "x")
    assert (tmp_path / "prompt.txt").read_text() == "x"
    assert [each.name for each in tmp_path.iterdir()] == ["prompt.txt"]


def test_names_the_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no folder .*missing; create it"):
        write_atomically(tmp_path / "missing" / "prompt.txt", "x")
    assert list(tmp_path.iterdir()) == []


def test_refuses_folders_and_files_in_their_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="it is a folder"):
        write_atomically(tmp_path, "x", overwrite=True)
    with pytest.raises(InputError, match="is not a folder"):
        write_atomically(tmp_path / "file" / "prompt.txt", "x")


def test_refuses_what_is_no_ordinary_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="not an ordinary file"):
        write_atomically(tmp_path / "pipe", "x", overwrite=True)


@as_root
def test_refuses_a_folder_without_write_permission(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(InputError, match="Permission denied"):
        write_atomically(folder / "prompt.txt", "x")


def test_nothing_is_left_when_the_disk_gives_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "prompt.txt").write_text("old")
    monkeypatch.setattr(atomic_file.os, "fsync", full)
    with pytest.raises(InputError, match="No space left"):
        write_atomically(tmp_path / "prompt.txt", "new", overwrite=True)
    assert (tmp_path / "prompt.txt").read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["prompt.txt"]


def test_text_that_has_no_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write"):
        write_atomically(tmp_path / "prompt.txt", "\ud800")
    assert list(tmp_path.iterdir()) == []


def test_a_name_with_a_nul_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write") as caught:
        write_atomically(f"{tmp_path}/a\0b", "x")
    assert "\0" not in str(caught.value)
