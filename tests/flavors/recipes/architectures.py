"""Networks of known architectures in PyTorch, with random weights."""

from typing import Any

from flavors.recipes import Recipe
from flavors.recipes.networks import save


def resnet(folder: str) -> None:
    """ResNet-18 of torchvision, whose batch normalisation has seen some images."""
    import numpy as np
    import torch
    from torchvision.models import resnet18

    torch.manual_seed(0)
    model = resnet18(num_classes=7)
    images = np.random.default_rng(0).normal(size=(8, 3, 32, 32)).astype("float32")
    for _ in range(3):  # in training mode: the statistics of the normalisation
        model(torch.from_numpy(images))
    save(model, folder, images)


def lstm(folder: str) -> None:
    """A bidirectional LSTM over the numbers of words, which are embedded."""
    import numpy as np
    import torch
    from mlflow.types import Schema, TensorSpec

    class Tagger(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = torch.nn.Embedding(100, 24)
            self.cells = torch.nn.LSTM(24, 32, num_layers=2, batch_first=True, bidirectional=True, dropout=0.2)
            self.head = torch.nn.Linear(64, 4)

        def forward(self, words: Any) -> Any:
            return self.head(self.cells(self.words(words))[0]).log_softmax(-1)

    torch.manual_seed(0)
    words = np.random.default_rng(0).integers(0, 100, (4, 9))
    save(Tagger(), folder, words, signature=Schema([TensorSpec(np.dtype("int64"), (-1, -1))]))


def tabnet(folder: str) -> None:
    """TabNet (Arik and Pfister, "TabNet: Attentive Interpretable Tabular Learning", 2019), with two steps.

    Its masks are made by sparsemax (Martins and Astudillo, 2016), which sorts and adds up.
    """
    import numpy as np
    import pandas as pd
    import torch

    def sparsemax(scores: Any) -> Any:
        ranked, _ = scores.sort(dim=-1, descending=True)
        sums = ranked.cumsum(-1)
        places = torch.arange(1, scores.shape[-1] + 1, dtype=scores.dtype)
        count = (1 + places * ranked > sums).sum(-1, keepdim=True)
        threshold = (sums.gather(-1, count - 1) - 1) / count
        return (scores - threshold).clamp(min=0)

    def gated(width: int, out: int) -> Any:
        return torch.nn.Sequential(torch.nn.Linear(width, 2 * out), torch.nn.BatchNorm1d(2 * out), torch.nn.GLU())

    class TabNet(torch.nn.Module):
        def __init__(self, columns: int = 6, width: int = 16, steps: int = 2) -> None:
            super().__init__()
            self.norm = torch.nn.BatchNorm1d(columns)
            self.shared = gated(columns, 2 * width)
            self.own = torch.nn.ModuleList([gated(2 * width, 2 * width) for _ in range(steps + 1)])
            self.masks = torch.nn.ModuleList([torch.nn.Linear(width, columns) for _ in range(steps)])
            self.head = torch.nn.Linear(width, 3)
            self.width = width

        def forward(self, rows: Any) -> Any:
            rows = self.norm(rows)
            shared = self.shared(rows)
            made = (self.own[0](shared) + shared) * 0.5**0.5
            prior, decided = torch.ones_like(rows), 0
            for mask, own in zip(self.masks, list(self.own)[1:], strict=True):
                chosen = sparsemax(mask(made[:, self.width :]) * prior)
                prior = prior * (1.3 - chosen)
                shared = self.shared(rows * chosen)
                made = (own(shared) + shared) * 0.5**0.5
                decided = decided + made[:, : self.width].relu()
            return self.head(decided).softmax(-1)

    torch.manual_seed(0)
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 6)), columns=list("abcdef"))
    model = TabNet()
    model(torch.from_numpy(table.to_numpy("float32")))  # in training mode: the statistics of the normalisation
    save(model, folder, table)


def wide_and_deep(folder: str) -> None:
    """Wide and deep (Cheng and others, 2016): columns as they are, and categories by their numbers, in one table."""
    import numpy as np
    import pandas as pd
    import torch

    class WideAndDeep(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.shop, self.day = torch.nn.Embedding(12, 6), torch.nn.Embedding(7, 4)
            self.deep = torch.nn.Sequential(
                *(torch.nn.Linear(13, 32), torch.nn.ReLU(), torch.nn.Dropout(0.2)),
                *(torch.nn.Linear(32, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1)),
            )
            self.wide = torch.nn.Linear(3, 1)

        def forward(self, rows: Any) -> Any:
            numbers, places = rows[:, :3], rows[:, 3:].long()
            deep = self.deep(torch.cat([numbers, self.shop(places[:, 0]), self.day(places[:, 1])], 1))
            return torch.sigmoid(self.wide(numbers) + deep)

    torch.manual_seed(0)
    chance = np.random.default_rng(0)
    table = pd.DataFrame({name: chance.normal(size=40) for name in ("price", "stock", "age")})
    save(WideAndDeep(), folder, table.assign(shop=chance.integers(0, 12, 40), day=chance.integers(0, 7, 40)))


_TORCH = ("torch",)

RECIPES = {
    "torch-resnet": Recipe(resnet, (*_TORCH, "torchvision"), backend="native"),
    "torch-lstm": Recipe(lstm, _TORCH, backend="native"),
    "torch-tabnet": Recipe(tabnet, _TORCH, backend="native"),
    "torch-wide-and-deep": Recipe(wide_and_deep, _TORCH, backend="native"),
}
