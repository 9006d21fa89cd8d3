"""Generated data: every function returns a DataFrame of inputs and the targets, the same on every machine.

numpy promises that a RandomState's numbers never change from one version to the next.
"""

import numpy as np
import pandas as pd

GOOD = ["great", "lovely", "warm", "tasty", "friendly", "perfect", "fresh"]
BAD = ["cold", "rude", "slow", "stale", "dirty", "awful", "bland"]
NEUTRAL = [
    "food",
    "service",
    "waiter",
    "room",
    "soup",
    "was",
    "and",
    "with",
    "a",
    "very",
    "café",
    "naïve",
    "days",
    "it",
]


def sensors(count, seed=0):
    """Four numbers and whether the machine fails (0 or 1)."""
    random = np.random.RandomState(seed)
    frame = pd.DataFrame(
        {
            "temperature": random.normal(60, 12, count).round(2),
            "pressure": random.gamma(3, 1.5, count).round(3),
            "vibration": random.exponential(0.7, count).round(4),
            "humidity": random.uniform(0, 100, count).round(1),
        }
    )
    stress = frame["temperature"] / 60 + frame["vibration"] - frame["pressure"] / 9 + random.normal(0, 0.2, count)
    return frame, (stress > 1.4).astype(int)


def houses(count, seed=0):
    """Numbers, some of them missing, whole numbers, a truth value and a category; and a price."""
    random = np.random.RandomState(seed)
    frame = pd.DataFrame(
        {
            "area": random.uniform(25, 240, count).round(1),
            "rooms": random.randint(1, 8, count),
            "age": random.randint(0, 120, count).astype(float),
            "garden": random.rand(count) < 0.4,
            "district": random.choice(["north", "south", "old town", "Östermalm"], count),
        }
    )
    prices = frame["area"] * 31.5 + frame["rooms"] * 120 - frame["age"] * 4 + frame["garden"] * 350
    prices += frame["district"].map({"north": 0, "south": 250, "old town": 800, "Östermalm": 1500})
    frame.loc[random.rand(count) < 0.1, "age"] = np.nan
    return frame, (prices + random.normal(0, 150, count)).round(1)


def customers(count, seed=0):
    """Numbers and texts, both with missing values; and whether the customer "stays" or "leaves"."""
    random = np.random.RandomState(seed)
    frame = pd.DataFrame(
        {
            "age": random.randint(18, 90, count),
            "income": random.lognormal(10, 0.5, count).round(2),
            "tenure": random.exponential(30, count).round(1),
            "plan": random.choice(["basic", "plus", "pro"], count),
            "region": random.choice(["north", "south", "Île-de-France", "東京"], count),
        }
    )
    score = frame["tenure"] / 40 + frame["income"] / 40000 - (frame["plan"] == "basic") + random.normal(0, 0.4, count)
    frame.loc[random.rand(count) < 0.1, "income"] = np.nan
    frame.loc[random.rand(count) < 0.1, "region"] = None
    return frame, pd.Series(np.where(score > 0.9, "stays", "leaves"))


def flowers(count, seed=0):
    """Four numbers and one of three species, by name."""
    random = np.random.RandomState(seed)
    kind = random.randint(0, 3, count)
    centers = np.array([[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.0]])
    values = (centers[kind] + random.normal(0, 0.35, (count, 4))).round(2)
    names = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
    return pd.DataFrame(values, columns=names), pd.Series(np.array(["setosa", "versicolor", "virginica"])[kind])


def reviews(count, seed=0):
    """One text column, and whether the review is "good" or "bad"."""
    random = np.random.RandomState(seed)
    good = random.rand(count) < 0.5
    texts = []
    for kind in good:
        words = list(random.choice(NEUTRAL, random.randint(3, 12))) + list(random.choice(GOOD if kind else BAD, 2))
        words += list(random.choice(GOOD + BAD, 1))
        random.shuffle(words)
        texts.append(" ".join(words).capitalize() + random.choice([".", "!", "...", " :)"]))
    return pd.DataFrame({"text": texts}), pd.Series(np.where(good, "good", "bad"))


def uses(count, seed=0):
    """Uses of electricity: the hour of the day, and kilowatt hours, some of them missing."""
    random = np.random.RandomState(seed)
    frame = pd.DataFrame({"hour": random.randint(0, 24, count), "energy": random.gamma(2, 3, count).round(2)})
    frame.loc[random.rand(count) < 0.1, "energy"] = np.nan
    return frame


def orders(count, seed=0):
    """Dates with times, a distance and a note, the last two with missing values."""
    random = np.random.RandomState(seed)
    seconds = pd.to_timedelta(random.randint(0, 3 * 365 * 86400, count), unit="s")
    frame = pd.DataFrame({"ordered": pd.Timestamp("2022-01-01") + seconds})
    frame["distance"] = random.gamma(2, 300, count).round(1)
    frame["note"] = random.choice(["leave outside", "ring twice", "né"], count)
    frame.loc[random.rand(count) < 0.2, "distance"] = np.nan
    frame.loc[random.rand(count) < 0.3, "note"] = None
    return frame
