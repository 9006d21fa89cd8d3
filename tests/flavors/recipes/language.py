"""Models of texts, tiny and random."""

import pathlib
from typing import Any

from flavors.recipes import Recipe

_WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "a", "cat", "dog", "sat", "on", "mat", "bad")
_TEXTS = ["the cat sat on the mat", "a bad dog", "nothing known"]


def _bert(folder: str, kind: str) -> tuple[Any, Any]:
    """Return a random BERT with two layers of 16 numbers, and its tokenizer of sixteen words."""
    import torch
    import transformers

    words = pathlib.Path(folder).parent / "vocabulary.txt"
    words.write_text("\n".join(_WORDS) + "\n")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(_WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    model = getattr(transformers, kind)(config).eval()
    return model, transformers.BertTokenizerFast(str(words))


def transformers_classifier(folder: str) -> None:
    """A text classification pipeline."""
    import mlflow
    import torch
    import transformers

    model, tokenizer = _bert(folder, "BertForSequenceClassification")
    pipeline = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer)
    # By default MLflow also requires torchvision, which texts do not need.
    needs = [f"transformers=={transformers.__version__}", f"torch=={torch.__version__.partition('+')[0]}"]
    mlflow.transformers.save_model(pipeline, folder, input_example=_TEXTS, pip_requirements=needs)


def sentence_transformer(folder: str) -> None:
    """Sentence embeddings."""
    import mlflow
    from sentence_transformers import SentenceTransformer, models

    model, tokenizer = _bert(folder, "BertModel")
    place = str(pathlib.Path(folder).parent / "bert")
    model.save_pretrained(place)
    tokenizer.save_pretrained(place)
    words = models.Transformer(place)
    embedder = SentenceTransformer(modules=[words, models.Pooling(words.get_word_embedding_dimension())])
    mlflow.sentence_transformers.save_model(embedder, folder, input_example=_TEXTS)


def spacy_categories(folder: str) -> None:
    """A blank English pipeline of spaCy with a text categorizer."""
    import mlflow
    import pandas as pd
    import spacy
    from mlflow.models import infer_signature
    from spacy.training import Example

    spacy.util.fix_random_seed(0)
    model = spacy.blank("en")
    model.add_pipe("textcat").add_label("good")
    model.get_pipe("textcat").add_label("bad")
    texts = [("a good cat", {"cats": {"good": 1.0, "bad": 0.0}}), ("a bad dog", {"cats": {"good": 0.0, "bad": 1.0}})]
    examples = [Example.from_dict(model.make_doc(text), labels) for text, labels in texts]
    model.initialize(lambda: examples)
    for _ in range(5):
        model.update(examples)
    table = pd.DataFrame({"text": _TEXTS})
    predicted = pd.DataFrame({"predictions": [model(text).cats for text in _TEXTS]})
    mlflow.spacy.save_model(model, folder, signature=infer_signature(table, predicted), input_example=table)


_TRANSFORMERS = ("torch", "transformers")

RECIPES = {
    "transformers": Recipe(transformers_classifier, _TRANSFORMERS),
    "sentence-transformers": Recipe(sentence_transformer, (*_TRANSFORMERS, "sentence-transformers")),
    "spacy": Recipe(spacy_categories, ("spacy",)),
}
