"""The data of the chapters, one column for each example. Sources: data/README.md."""

import csv
import string
from pathlib import Path

import numpy as np

DATA = Path(__file__).parent / "data"
LABELS = ["noun", "verb", "adjective", "adverb"]


def penguins():
    """X (2, 342): bill length and depth in mm; Y (1, 342): 1 for Chinstrap."""
    with open(
        DATA / "penguins.csv", newline="", encoding="utf-8"
    ) as file:
        rows = list(csv.DictReader(file))
    X = np.array(
        [
            [float(row["bill_length_mm"]), float(row["bill_depth_mm"])]
            for row in rows
        ]
    ).T
    Y = np.array([[float(row["species"] == "Chinstrap") for row in rows]])
    return X, Y


def masses():
    """X (4, 342): bill length and depth, flipper length in mm, and sex; Y (1, 342): kg.

    Sex is 1 for a male, -1 for a female, 0 where it is not known.
    """
    with open(
        DATA / "penguins.csv", newline="", encoding="utf-8"
    ) as file:
        rows = list(csv.DictReader(file))
    names = "bill_length_mm", "bill_depth_mm", "flipper_length_mm"
    sex = {"male": 1.0, "female": -1.0}
    X = [
        [float(row[name]) for name in names] + [sex.get(row["sex"], 0.0)]
        for row in rows
    ]
    Y = [[float(row["body_mass_g"]) / 1000] for row in rows]
    return np.array(X).T, np.array(Y).T


def digits():
    """X (64, 1797): grey values 0 to 1 of 8 by 8 pixels; y (1797,): which digit."""
    with np.load(DATA / "digits.npz") as file:
        images, target = file["images"], file["target"]
    return images.reshape(-1, 64).T / 16, target.astype(int)


def words():
    """The list of 10467 words and Y (4, 10467): 1 where a word can be a LABELS[j]."""
    with open(DATA / "words.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    Y = np.array(
        [[float(row[label]) for row in rows] for label in LABELS]
    )
    return [row["word"] for row in rows], Y


def spell(words):
    """X (109, m): the last four letters, one-hot (a blank if there are fewer), and the length."""
    alphabet = " " + string.ascii_lowercase
    letters = np.array(
        [
            [alphabet.index(c) for c in word.rjust(4)[-4:]]
            for word in words
        ]
    )
    one_hot = (letters[:, :, None] == np.arange(27)).reshape(
        len(words), 4 * 27
    )
    length = np.array([[len(word) / 14] for word in words])
    return np.hstack([one_hot, length]).T


def folds(Y, k=5, seed=0):
    """A fold number 0 to k - 1 for each example.

    Each fold gets its share of every combination of labels, that is of every
    different column of Y.
    """
    classes = 2 ** np.arange(len(Y)) @ Y
    rng = np.random.default_rng(seed)
    fold, start = np.empty(len(classes), int), 0
    for c in np.unique(classes):
        members = rng.permutation(np.flatnonzero(classes == c))
        fold[members] = (start + np.arange(len(members))) % k
        start += len(members)
    return fold


def measured(name):
    """When and where measurements/NAME.csv was made, and its rows as dictionaries."""
    path = Path(__file__).parent / "measurements" / f"{name}.csv"
    with open(path, newline="", encoding="utf-8") as file:
        machine = file.readline().lstrip("# ").strip()
        return machine, list(csv.DictReader(file))
