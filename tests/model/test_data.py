"""Data sources, normalisations, validation of what comes from outside, and problems."""

import gzip
import re
import struct

import numpy as np
import pytest

from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.data import NORMALISATIONS, SOURCES, Dataset, dataset
from fa_theory.model.data.normalise import normalise
from fa_theory.model.network import Network
from fa_theory.model.problem import Problem, gaussian_network, sample
from fa_theory.model.rules import Rule
from fa_theory.model.schedules import Schedule


def rng(seed=0):
    return np.random.default_rng(seed)


def refused(*words):
    """Expect an InputError whose message holds all the words."""
    return pytest.raises(InputError, match="".join(f"(?=.*{re.escape(str(w))})" for w in words))


# --- drawn data


@pytest.mark.parametrize("source", ["gaussian", "sphere", "isometric"])
def test_drawn_data_have_the_shapes_asked_for_and_belong_to_the_seed(source):
    a, b, c = (dataset(source, rng=rng(seed), n=4, d=6) for seed in (1, 1, 2))
    assert a.X.shape == (4, 6)
    assert a.y.shape == (4,)
    assert (a.n, a.d, a.k, a.name) == (4, 6, None, source)
    assert np.array_equal(a.X, b.X)
    assert np.array_equal(a.y, b.y)
    assert not np.array_equal(a.X, c.X)
    assert dataset(source, rng=rng(), n=4, d=6, k=3).y.shape == (4, 3)


def test_sphere_and_isometric_geometry():
    assert np.linalg.norm(dataset("sphere", rng=rng(), n=50, d=7).X, axis=1) == pytest.approx(1, abs=1e-15)
    X = dataset("isometric", rng=rng(), n=5, d=7).X
    assert np.abs(X @ X.T - np.eye(5)).max() < 1e-14
    assert dataset("isometric", rng=rng(), n=3, d=3).n == 3


def test_isometric_signs_are_not_those_of_qr():
    corner = [dataset("isometric", rng=rng(i), n=1, d=1).X[0, 0] for i in range(40)]
    assert set(np.round(corner)) == {-1.0, 1.0}


def test_teacher_targets_are_the_teachers_output():
    teacher = gaussian_network(rng(5), 30, 4, activation("relu"), 2)
    data = dataset("teacher", rng=rng(), n=6, k=2, teacher=teacher, normalisation="unit-rows")
    assert np.array_equal(data.y, teacher.output(data.X))
    assert np.linalg.norm(data.X, axis=1) == pytest.approx(1)
    assert "relu" in data.provenance
    assert "30" in data.provenance


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"source": "isometric", "n": 5, "d": 4}, ["n ≤ d", "n = 5", "d = 4"]),
        ({"source": "gaussian", "n": 5}, ["need n and d", "d = None"]),
        ({"source": "gaussian", "n": 0, "d": 3}, ["n ≥ 1", "0"]),
        ({"source": "gaussian", "n": 2.0, "d": 3}, ["whole number n", "2.0"]),
        ({"source": "gaussian", "n": True, "d": 3}, ["whole number n", "True"]),
        ({"source": "gaussian", "n": 2, "d": -1}, ["whole number d", "-1"]),
        ({"source": "gaussian", "n": 2, "d": 2, "k": 0}, ["whole number k"]),
        ({"source": "gaussian", "n": 2, "d": 2, "target": "y"}, ["have their own targets", "y"]),
        ({"source": "digits", "n": 2, "target": "y"}, ["have their own targets"]),
        ({"source": "teacher", "n": 2, "d": 2}, ["need a network", "gaussian_network"]),
        ({"source": "digits", "n": 1798}, ["1797 rows", "1798"]),
        ({"source": "digits", "n": 3, "d": 5}, ["dimension 64", "d = 5"]),
        ({"source": "digits", "n": 3, "k": 3}, ["10 classes", "k = 3"]),
        ({"source": "spheer", "n": 3, "d": 5}, ["spheer", "sphere", "nor a file"]),
        ({"source": "x" * 10_000}, ["nor a file"]),
        ({"source": "a\0b"}, ["nor a file"]),
        ({"source": "/dev/zero"}, ["/dev/zero", "nor a file"]),
        ({"source": "sphere", "n": 3, "d": 5, "normalisation": "unit"}, ["'unit'", "unit-rows"]),
    ],
)
def test_unusable_requests_are_refused_with_the_value_and_the_remedy(options, words):
    with refused(*words):
        dataset(**options, rng=rng())


def test_a_teacher_that_does_not_fit_is_refused():
    teacher = gaussian_network(rng(), 3, 4, activation("tanh"))
    with refused("d = 4", "d = 5"):
        dataset("teacher", rng=rng(), n=2, d=5, teacher=teacher)
    with refused("k = None", "k = 2"):
        dataset("teacher", rng=rng(), n=2, k=2, teacher=teacher)
    with refused("belongs to the data source 'teacher'", "sphere"):
        dataset("sphere", rng=rng(), n=2, d=4, teacher=teacher)


# --- digits


def test_digits_are_unit_rows_with_scaled_labels():
    from sklearn.datasets import load_digits

    data = dataset("digits", rng=rng(3), n=20)
    X, labels = load_digits(return_X_y=True)
    units = X / np.linalg.norm(X, axis=1, keepdims=True)
    rows = [int(np.flatnonzero(np.isclose(units, x, atol=1e-12).all(axis=1))[0]) for x in data.X]
    assert rows == sorted(set(rows))
    assert data.y == pytest.approx((labels[rows] - 4.5) / np.sqrt(8.25))
    assert data.normalisation == "unit-rows"
    assert "20 of 1797" in data.provenance
    one_hot = dataset("digits", rng=rng(3), n=20, k=10)
    assert np.array_equal(one_hot.X, data.X)
    assert np.array_equal(one_hot.y.argmax(axis=1), labels[rows])
    assert (one_hot.y.sum(axis=1) == 1).all()
    assert dataset("digits", rng=rng()).n == 1797


# --- normalisations


def test_normalisations_do_what_they_say():
    X = np.array([[3.0, 4.0, 7.0], [0.0, 10.0, 7.0]])
    assert normalise(X, "none", where="t") is X
    assert normalise(X[:, :2], "unit-rows", where="t") == pytest.approx(np.array([[0.6, 0.8], [0, 1]]))
    assert normalise(X[:, :2], "unit-max-row", where="t") == pytest.approx(np.array([[0.3, 0.4], [0, 1]]))
    assert normalise(X, "standard", where="t") == pytest.approx(np.array([[1.0, -1, 0], [-1, 1, 0]]))


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e200, 1e307])
@pytest.mark.parametrize("how", ["unit-rows", "unit-max-row", "standard"])
def test_extreme_scales_neither_overflow_nor_vanish(scale, how):
    X = rng().standard_normal((5, 3))
    expected = normalise(X, how, where="t")
    accuracy = 0.02 if scale < 1e-300 else 1e-12  # subnormal entries have few digits
    assert normalise(X * scale, how, where="t") == pytest.approx(expected, rel=accuracy, abs=accuracy)


def test_degenerate_rows_are_refused_by_name():
    X = np.array([[1.0, 0], [0, 0], [0, 0]])
    with refused("file", "row 7 (counted from 0) is zero", "1 more", "unit-max-row"):
        normalise(X, "unit-rows", where="file", rows=np.array([5, 7, 9]))
    assert normalise(X, "unit-max-row", where="t")[1].tolist() == [0, 0]
    with refused("all rows are zero"):
        normalise(X[1:], "unit-max-row", where="t")
    with refused("no feature varies", "1 chosen row"):
        normalise(X[:1], "standard", where="t")


# --- IDX


def idx(array, code=0x08):
    return bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


IMAGES = np.arange(1, 49, dtype=np.uint8).reshape(8, 2, 3)
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1], dtype=np.uint8)


@pytest.fixture(params=["plain", "gzip"])
def mnist(tmp_path, request):
    suffix, pack = (".gz", gzip.compress) if request.param == "gzip" else ("", bytes)
    (tmp_path / f"t-labels-idx1-ubyte{suffix}").write_bytes(pack(idx(LABELS)))
    path = tmp_path / f"t-images-idx3-ubyte{suffix}"
    path.write_bytes(pack(idx(IMAGES)))
    return path


def test_idx_files_are_read_with_the_labels_beside_them(mnist):
    data = dataset(mnist, rng=rng(), normalisation="none")
    assert np.array_equal(data.X, IMAGES.reshape(8, 6))
    assert data.y == pytest.approx((LABELS - 1.0) / np.sqrt(2 / 3))
    subset = dataset(str(mnist), rng=rng(), n=3, k=3, normalisation="none")
    rows = ((subset.X[:, 0] - 1) / 6).astype(int)
    assert rows.tolist() == sorted(set(rows))
    assert np.array_equal(subset.X, IMAGES.reshape(8, 6)[rows])
    assert np.array_equal(subset.y, np.eye(3)[LABELS[rows]])


def test_classes_are_the_labels_of_the_file(mnist, tmp_path):
    letters = tmp_path / "letters.idx"
    letters.write_bytes(idx(np.array([1, 26, 3, 3, 9, 1, 26, 5], dtype=np.uint8)))
    known = [1, 3, 5, 9, 26]
    one_hot = dataset(mnist, rng=0, target=letters, k=5)
    assert [known[c] for c in one_hot.y.argmax(axis=1)] == [1, 26, 3, 3, 9, 1, 26, 5]
    assert "5 classes 1, 3, 5, 9, 26" in one_hot.provenance
    assert "targets: letters.idx" in one_hot.provenance
    with refused("5 classes", "k = 27"):
        dataset(mnist, rng=0, target=letters, k=27)
    scaled = dataset(mnist, rng=0, target=letters).y
    assert scaled == pytest.approx((np.array([0, 4, 1, 1, 3, 0, 4, 2]) - 2) / np.sqrt(2))


def test_idx_labels_can_be_named_or_replaced(mnist, tmp_path):
    other = tmp_path / "other.idx"
    other.write_bytes(idx(LABELS[::-1].copy()))
    assert dataset(mnist, rng=rng(), target=other).y == pytest.approx((LABELS[::-1] - 1.0) / np.sqrt(2 / 3))
    random = dataset(mnist, rng=rng(), target="gaussian", k=2)
    assert random.y.shape == (8, 2)
    assert "N(0, 1)" in random.provenance


def test_only_the_rows_needed_are_read(tmp_path, monkeypatch):
    from fa_theory.model.data import idx as module

    path = tmp_path / "big-images-idx3-ubyte"
    header = bytes([0, 0, 8, 3]) + struct.pack(">3I", 10_000_000, 20, 20)
    with path.open("wb") as file:  # 4 GB, sparse: holds no blocks on disk
        file.write(header)
        file.truncate(len(header) + 10_000_000 * 400)
    read = []
    exactly = module._exactly
    monkeypatch.setattr(module, "_exactly", lambda file, count: read.append(count) or exactly(file, count))
    assert dataset(path, rng=rng(), n=5, target="gaussian", normalisation="none").X.shape == (5, 400)
    assert sum(read) < 3000


@pytest.mark.parametrize(("dtype", "code"), [(">i2", 0x0B), (">i4", 0x0C), (">f4", 0x0D), (">f8", 0x0E), ("i1", 0x09)])
def test_idx_types(tmp_path, dtype, code):
    path = tmp_path / "x.idx"
    X = np.array([[1, -2], [3, 4]])
    path.write_bytes(idx(X.astype(dtype), code))
    assert np.array_equal(dataset(path, rng=rng(), target="gaussian", normalisation="none").X, X)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (idx(IMAGES)[:-1], ["download the file again"]),
        (idx(IMAGES)[:9], ["download the file again"]),
        (b"", ["download the file again"]),
        (idx(IMAGES) + b"x", ["download the file again", "more bytes"]),
        (b"PK\3\4" + idx(IMAGES), ["begins with 50 4b 03 04"]),
        (idx(IMAGES, 0x0A), ["begins with 00 00 0a 03"]),
        (idx(IMAGES[:0]), ["(0, 2, 3)", "empty"]),
        (b"\0\0\x08\3" + b"\x7f\xff\xff\xff" * 3 + b"x", ["download the file again"]),
        (idx(LABELS), ["expected images", "labels file"]),
        (idx(np.array([[np.nan]], ">f8"), 0x0E), ["[0, 0] is nan"]),
    ],
    ids=["short", "header", "empty", "long", "magic", "type", "rows", "huge", "labels", "nan"],
)
def test_damaged_idx_files_are_refused(tmp_path, content, words, pack):
    path = tmp_path / "x-images-idx3-ubyte"
    path.write_bytes(pack(content))
    if "more bytes" in words:
        words = ["more bytes"] if pack is gzip.compress else ["announces"]
    with refused(path.name, *words):
        dataset(path, rng=rng(), target="gaussian")


def test_damaged_gzip_and_mismatched_labels_are_refused(mnist, tmp_path):
    labels = next(tmp_path.glob("*labels*"))
    labels.write_bytes(idx(LABELS[:-1]))
    with refused(labels.name, "7 labels", "8 images"):
        dataset(mnist, rng=rng())
    labels.write_bytes(idx(LABELS.astype(">f4"), 0x0D))
    with refused("expected integer labels", "float32"):
        dataset(mnist, rng=rng())
    labels.write_bytes(idx(-LABELS.astype("i1"), 0x09))
    with refused("label -2"):
        dataset(mnist, rng=rng())
    labels.unlink()
    with refused("no labels file", "target=PATH", "'gaussian'"):
        dataset(mnist, rng=rng())
    packed = bytearray(gzip.compress(idx(IMAGES)))
    packed[-6] ^= 1  # the checksum
    mnist.write_bytes(packed)
    with refused(mnist.name, "CRC"):
        dataset(mnist, rng=rng(), target="gaussian")
    mnist.write_bytes(packed[:30])
    with refused(mnist.name, "cannot be read"):
        dataset(mnist, rng=rng(), target="gaussian")


def test_zero_images_are_named_by_their_row_in_the_file(tmp_path):
    path = tmp_path / "x.idx"
    images = IMAGES.copy()
    images[5] = 0
    path.write_bytes(idx(images))
    with refused("row 5", "unit-max-row"):
        dataset(path, rng=rng(), target="gaussian")
    assert dataset(path, rng=rng(), target="gaussian", normalisation="unit-max-row").X[5].tolist() == [0] * 6


# --- npz


def test_npz(tmp_path):
    path = tmp_path / "d.npz"
    X, y = rng().standard_normal((5, 3)), np.arange(5)
    np.savez(path, X=X, y=y, z=np.stack([y, y], axis=1), column=y[:, None])
    data = dataset(path, rng=rng(), normalisation="none")
    assert np.array_equal(data.X, X)
    assert np.array_equal(data.y, y)
    assert (data.name, data.k) == ("d.npz", None)
    assert dataset(path, rng=rng(), n=2, target="z").k == 2
    assert dataset(path, rng=rng(), target="column").y.shape == (5,)
    with refused("d.npz", "k = 2", "(5,)"):
        dataset(path, rng=rng(), k=2)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"X": np.ones((3, 2))}, ["no array y", "np.savez"]),
        ({"a": np.ones(3)}, ["no array X and no y", "a"]),
        ({"X": np.ones((3, 2)), "y": np.ones(4)}, ["3 rows", "has 4"]),
        ({"X": np.ones((3, 2, 2)), "y": np.ones(3)}, ["(3, 2, 2)", "reshape"]),
        ({"X": np.ones((0, 2)), "y": np.ones(0)}, ["(0, 2)"]),
        ({"X": np.ones((3, 0)), "y": np.ones(3)}, ["(3, 0)"]),
        ({"X": np.ones((3, 2)), "y": np.float64(1)}, ["shape ()"]),
        ({"X": np.ones((1, 2)) * 1j, "y": np.ones(1)}, ["complex128", "real numbers"]),
        ({"X": np.array([["a"]]), "y": np.ones(1)}, ["<U1"]),
        ({"X": np.array([[1, 2], [3, np.inf]]), "y": np.ones(2)}, ["X[1, 1] is inf"]),
        ({"X": np.ones((2, 2)), "y": np.array([1, np.nan])}, ["y[1] is nan"]),
        ({"X": np.array([[{}]], dtype=object), "y": np.ones(1)}, ["plain arrays"]),
    ],
)
def test_unusable_npz_files_are_refused(tmp_path, arrays, words):
    path = tmp_path / "d.npz"
    np.savez(path, **arrays)
    with refused("d.npz", *words):
        dataset(path, rng=rng())


def test_npz_files_that_are_something_else_are_refused(tmp_path):
    import pickle

    path = tmp_path / "d.npz"
    for content in (b"", b"hello", pickle.dumps({"X": 1}), b"PK\3\4 broken"):
        path.write_bytes(content)
        with refused("d.npz", "cannot be read"):
            dataset(path, rng=rng())
    np.savez(path, X=np.ones((50, 2)), y=np.ones(50))
    path.write_bytes(path.read_bytes()[:300])
    with refused("d.npz", "cannot be read"):
        dataset(path, rng=rng())
    with path.open("wb") as file:
        np.save(file, np.ones(3))
    with refused("d.npz", "single array"):
        dataset(path, rng=rng())


# --- csv


def test_csv_with_and_without_header(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("\ufeffu, v ,y\n1,2,3\n\n4,5e0,-6\n", encoding="utf-8")
    data = dataset(path, rng=rng(), normalisation="none")
    assert data.X.tolist() == [[1, 2], [4, 5]]
    assert data.y.tolist() == [3, -6]
    named = dataset(path, rng=rng(), normalisation="none", target="v")
    assert named.X.tolist() == [[1, 3], [4, -6]]
    assert named.y.tolist() == [2, 5]
    path.write_text("1,3\n3,4\n5,6")
    assert dataset(path, rng=rng(), n=2).X.shape == (2, 1)
    assert dataset(path, rng=rng()).y.tolist() == [3, 4, 6]


def table(tmp_path, text):
    path = tmp_path / "d.csv"
    path.write_text(text)
    return path


def test_the_target_is_a_column_by_name_or_number_and_the_provenance_says_which(tmp_path):
    path = table(tmp_path, "label,p1,p2\n7,1,0\n2,3,0\n9,4,0\n")
    for target in ("label", 1, "1"):
        data = dataset(path, rng=0, target=target, normalisation="none")
        assert data.y.tolist() == [7, 2, 9]
        assert data.X.tolist() == [[1, 0], [3, 0], [4, 0]]
        assert data.provenance == "all 3 rows of d.csv; targets: column 1 of 3 (label), as in the file"
    some = dataset(path, rng=0, n=2, target=2)
    assert some.provenance == "2 of 3 rows of d.csv, drawn at random; targets: column 2 of 3 (p1), as in the file"
    bare = table(tmp_path, "7,1,0.5\n2,3,0\n9,4,0\n")
    assert dataset(bare, rng=0, target=1).y.tolist() == [7, 2, 9]
    assert dataset(bare, rng=0, target="1").y.tolist() == [7, 2, 9]
    assert dataset(bare, rng=0).y.tolist() == [0.5, 0, 0]
    for target, words in (
        (0, "no column 0; columns are counted from 1 to 3"),
        (4, "no column 4"),
        (-1, "no column -1"),
    ):
        with refused("d.csv", words):
            dataset(bare, rng=0, target=target)
    with refused("expected a target column"):
        dataset(bare, rng=0, target=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0,1,2,3,4\n0.1,0.2,0.3,0.4,0.5\n1,2,3,4,6\n", ["line 1, 0,1,2,3,4, may be a header or data", "x1,x2"]),
        ("1,2,3\n1,2,3.5\n3,1,2\n", ["line 1, 1,2,3, may be a header"]),
        ("0,1,2,3,4,5,6\n1,1,1,1,1,1,2\n", ["line 1, 0,1,2,3,4,…, may be a header"]),
        ("2019,2020,2022\n0.5,0.1,2.5\n0.25,1.5,3.0\n", ["line 1, 2019,2020,2022, may be a header"]),
        ("0,0.5,1.5\n1,0.1,2.5\n2,0.3,3.5\n", ["column 1 numbers the rows (0, 1, …)"]),
        ("1,0.5,1.5\n2,0.1,2.5\n3,0.3,3.5\n", ["column 1 numbers the rows (1, 2, …)"]),
        ("Unnamed: 0,a,y\n0,1,2\n1,3,4\n", ["column 1 is named 'Unnamed: 0'", "index=False"]),
        ("a,Unnamed: 1,y\n0,1,2\n1,3,4\n", ["column 2 is named 'Unnamed: 1'"]),
        ("index,a,y\n0,1,2\n1,3,4\n", ["column 1 is named 'index'"]),
        ("0,1,2,y\n1,2,3,4\n", ["line 1 mixes numbers and text", "column 4"]),
        ("a;b;y\n1;2;3\n", ["line 1 is separated by semicolons (';')"]),
        ("1,5;2,5\n1,0;3,0\n", ["line 1 is separated by semicolons (';')"]),
        ("a\tb\n1\t2\n", ["line 1 is separated by tabs"]),
        ("1 2 3\n4 5 6\n", ["line 1 is separated by spaces"]),
        ("5,0,1,0\n7,1,0,0\n9,0,3,0\n", ["the last column is the target", "0 in every row", "--target 1"]),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(tmp_path, text, words):
    with refused("d.csv", *words):
        dataset(table(tmp_path, text), rng=0)


def test_names_settle_what_is_in_doubt(tmp_path):
    path = table(tmp_path, "t,x,y\n0,1,2\n1,2,3\n2,3,5\n")
    assert dataset(path, rng=0, normalisation="none").X.tolist() == [[0, 1], [1, 2], [2, 3]]


def test_pandas_files_are_read_right_or_refused(tmp_path):
    pandas = pytest.importorskip("pandas")
    values = np.random.default_rng(0).standard_normal((6, 3))
    frame = pandas.DataFrame(values)
    frame.to_csv(tmp_path / "numbers.csv", index=False)
    frame.to_csv(tmp_path / "both.csv")
    frame.to_csv(tmp_path / "indexed.csv", header=False)
    frame.rename(columns=str).reset_index().to_csv(tmp_path / "index.csv", index=False)
    for name in ("numbers", "both", "indexed", "index"):
        with refused(f"{name}.csv"):
            dataset(tmp_path / f"{name}.csv", rng=0)
    frame.to_csv(tmp_path / "plain.csv", header=False, index=False)
    frame.rename(columns="x{}".format).to_csv(tmp_path / "named.csv", index=False)
    for name in ("plain", "named"):
        read = dataset(tmp_path / f"{name}.csv", rng=0, normalisation="none")
        assert np.array_equal(np.c_[read.X, read.y], values)


@pytest.mark.parametrize(
    ("text", "target", "words"),
    [
        ("a,b\n1,2\n3,x\n", None, ["line 3, column b", "'x'"]),
        ("1,2\n3,\n", None, ["line 2, column 2", "''"]),
        ("1,2\nnan,2\n", None, ["line 2, column 1", "'nan'"]),
        ("1,2\n1e999,2\n", None, ["line 2, column 1", "1e999"]),
        ("1,2\n1_0,2\n", None, ["line 2, column 1", "1_0"]),
        ("1,x\n3,4\n", None, ["line 1", "column 2", "'x'"]),
        (",a,b\n0,1,2\n", None, ["column 1 has no name"]),
        ("1,2\n3,4,5\n", None, ["line 2 has 3 cells", "2"]),
        ("1;2\n", None, ["line 1", "1;2", "line"]),
        ("1\n2\n", None, ["one column", "commas"]),
        ("", None, ["no line of numbers"]),
        ("a,b\n", None, ["no line of numbers"]),
        ("a,b\n1,2\n", "c", ["0 columns 'c'", "a, b"]),
        ("a,a\n1,2\n", "a", ["2 columns 'a'"]),
        ("1,3\n3,4\n", "a", ["no header", "'a'"]),
        ('1,"2\n3,4', None, ["comma-separated"]),
        ("0,0,1\n1,2,3\n", None, ["row 0", "zero"]),
    ],
)
def test_unusable_csv_files_are_refused_with_the_place(tmp_path, text, target, words):
    path = tmp_path / "d.csv"
    path.write_text(text)
    if text == "1;2\n":
        words = ["d.csv"]
    with refused("d.csv", *words):
        dataset(path, rng=rng(), target=target)


def test_binary_csv_and_unknown_extensions_are_refused(tmp_path):
    path = tmp_path / "d.csv"
    path.write_bytes(b"\xff\xfe1,2\n")
    with refused("d.csv", "comma-separated text"):
        dataset(path, rng=rng())
    other = tmp_path / "d.parquet"
    other.write_bytes(b"x")
    with refused("d.parquet", ".npz, .csv", "idx"):
        dataset(other, rng=rng())


# --- problems


def test_a_dataset_checks_itself():
    with refused("mine", "2 rows", "has 3"):
        Dataset(np.ones((2, 2)), np.ones(3), "mine")
    assert Dataset(np.ones((2, 2), int), [1, 2], "mine").X.dtype == np.float64


def test_sample_draws_independent_standard_gaussians():
    problem = sample(rng=rng(1), n=3, d=40, p=500, activation="tanh", eta=0.2, lam=0.3, cutoff=60, k=4)
    network = problem.network
    assert network.W.shape == (500, 40)
    assert network.beta.shape == network.b.shape == (500, 4)
    assert (problem.n, problem.d, problem.p, problem.rule) == (3, 40, 500, Rule.FA)
    assert problem.schedule == Schedule(0.3, 60)
    for weights in (network.W, network.beta, network.b):  # 6 standard errors
        assert abs(weights.mean()) < 6 / np.sqrt(weights.size)
        assert abs(weights.var() - 1) < 6 * np.sqrt(2 / weights.size)
    assert abs(np.mean(network.beta * network.b)) < 6 / np.sqrt(network.b.size)
    again = sample(rng=rng(1), n=3, d=40, p=500, activation="tanh", eta=0.2, lam=0.3, cutoff=60, k=4)
    assert np.array_equal(again.network.W, network.W)


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_makes_a_problem(source):
    d = None if source == "digits" else 9
    problem = sample(rng=rng(), data=source, n=5, d=d, p=7, activation="relu", eta=0.1)
    assert problem.network.error(problem.X, problem.y).shape == (5,)
    assert source in problem.label


def test_a_dataset_can_be_shared_between_problems():
    data = dataset("digits", rng=rng(), n=5, k=10)
    problem = sample(rng=rng(), data=data, p=3, activation="tanh", eta=0.1, rule=Rule.BP)
    assert problem.X is data.X
    assert problem.network.beta.shape == (3, 10)
    with refused("(5, 64, 10)", "6"):
        sample(rng=rng(), data=data, n=6, p=3, activation="tanh", eta=0.1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"eta": 0.0}, ["eta > 0", "0.0"]),
        ({"eta": -1.0}, ["-1.0"]),
        ({"eta": float("nan")}, ["nan"]),
        ({"eta": float("inf")}, ["inf"]),
        ({"p": 0}, ["p ≥ 1"]),
        ({"n": 0}, ["n ≥ 1"]),
        ({"lam": -0.1}, ["lam ≥ 0", "-0.1"]),
        ({"cutoff": -1}, ["cutoff ≥ 0"]),
        ({"activation": "swish"}, ["swish", "tanh"]),
        ({"data": "teacher", "d": None}, ["need n and d"]),
        ({"data": "isometric"}, ["n ≤ d"]),
    ],
)
def test_unusable_problems_are_refused(options, words):
    usable = {"n": 3, "d": 2, "p": 4, "activation": "tanh", "eta": 0.1}
    with refused(*words):
        sample(rng=rng(), **(usable | options))


def test_a_problem_checks_that_its_parts_fit():
    X, y, network = np.ones((2, 3)), np.ones(2), gaussian_network(rng(), 4, 3, activation("tanh"))
    assert Problem(X, y, network, 0.1).n == 2
    with refused("(2, 2)", "dimension 3"):
        Problem(X[:, :2], y, network, 0.1)
    with refused("(2, 1)", "(4,)"):
        Problem(X, y[:, None], network, 0.1)
    with refused("beta[1] is nan"):
        beta = np.array([1, np.nan, 1, 1])
        Problem(X, y, Network(network.W, beta, network.b, network.psi), 0.1)
    with refused("one network", "(5, 4, 3)"):
        batch = Network(np.ones((5, 4, 3)), np.ones((5, 4)), np.ones((5, 4)), network.psi)
        Problem(X, y, batch, 0.1)


def test_names_are_listed():
    assert SOURCES == ("gaussian", "sphere", "isometric", "teacher", "digits")
    assert tuple(NORMALISATIONS) == ("none", "unit-rows", "unit-max-row", "standard")
