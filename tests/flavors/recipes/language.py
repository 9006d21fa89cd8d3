"""Models of texts, tiny and random."""

import pathlib
from typing import Any

from flavors.recipes import Recipe

_SENTENCES = (
    "The cat sat on the mat, and the dog sat beside it.",
    "Nothing is known about the weather in Paris tomorrow, said the mayor.",
    "Reading books makes better readers; writing makes better writers.",
)
_TEXTS = ["the cat sat on the mat", "a bad dog", "nothing known"]


def _words() -> Any:
    """Return a tokenizer of word pieces with BERT's marks, trained on a few sentences."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made = Tokenizer(models.WordPiece(unk_token=special[1]))
    made.normalizer, made.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    made.train_from_iterator(_SENTENCES, trainers.WordPieceTrainer(vocab_size=120, special_tokens=special))
    made.post_processor = processors.BertProcessing((special[3], 3), (special[2], 2))
    return _fast(made, special)


def _bytes() -> Any:
    """Return a tokenizer of bytes with RoBERTa's marks, trained on a few sentences."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    special = ["<pad>", "<unk>", "<s>", "</s>", "<mask>"]
    made = Tokenizer(models.BPE())
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=320, special_tokens=special, initial_alphabet=alphabet)
    made.train_from_iterator(_SENTENCES, trainer)
    made.post_processor = processors.RobertaProcessing((special[3], 3), (special[2], 2))
    return _fast(made, special)


def _fast(made: Any, special: list[str]) -> Any:
    import transformers

    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    inputs = ["input_ids", "attention_mask"]
    marks = dict(zip(names, special, strict=True))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, model_input_names=inputs, **marks)


def _network(kind: str, tokenizer: Any, **options: Any) -> Any:
    """Return a random network with two layers of 16 numbers."""
    import torch
    import transformers

    torch.manual_seed(0)
    known = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id, "initializer_range": 0.5}
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    if kind.startswith("DistilBert"):
        sizes = {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32}
    name = kind.partition("For")[0].removesuffix("Model")
    given = known | sizes | {"max_position_embeddings": 130} | options
    config = getattr(transformers, f"{name}Config")(**given)
    return getattr(transformers, kind)(config).eval()


def _save(folder: str, task: str, model: Any, tokenizer: Any, texts: Any, **options: Any) -> None:
    import mlflow
    import torch
    import transformers

    pipeline = transformers.pipeline(task, model=model, tokenizer=tokenizer)
    # By default MLflow also requires torchvision, which texts do not need.
    needs = [f"transformers=={transformers.__version__}", f"torch=={torch.__version__.partition('+')[0]}"]
    mlflow.transformers.save_model(pipeline, folder, input_example=texts, pip_requirements=needs, **options)


def classifier(folder: str) -> None:
    """Text classification."""
    tokenizer = _words()
    _save(folder, "text-classification", _network("BertForSequenceClassification", tokenizer), tokenizer, _TEXTS)


def classifier_with_params(folder: str) -> None:
    """Text classification by DistilBERT, whose labels exclude none, with params."""
    import mlflow

    tokenizer = _words()
    labels = {0: "bad", 1: "good", 2: "cat"}
    model = _network("DistilBertForSequenceClassification", tokenizer, id2label=labels, label2id={})
    model.config.problem_type = "multi_label_classification"
    params = {"top_k": 2, "truncation": True, "max_length": 100}
    signature = mlflow.models.infer_signature(_TEXTS, None, params)
    _save(folder, "text-classification", model, tokenizer, _TEXTS, signature=signature)


def tokens(folder: str) -> None:
    """Token classification, with entities of whole words."""
    tokenizer = _words()
    labels = {0: "B-PER", 1: "I-PER", 2: "B-LOC", 3: "I-LOC", 4: "O"}
    model = _network("BertForTokenClassification", tokenizer, id2label=labels, label2id={})
    settings = {"aggregation_strategy": "average", "ignore_labels": ["B-PER"]}
    _save(folder, "token-classification", model, tokenizer, _TEXTS, model_config=settings)


def features(folder: str) -> None:
    """The vectors of a text's tokens."""
    tokenizer = _bytes()
    _save(folder, "feature-extraction", _network("RobertaModel", tokenizer), tokenizer, _TEXTS[:1])


def mask(folder: str) -> None:
    """The word for a mask."""
    tokenizer = _bytes()
    texts = ["the cat sat on the <mask>", "a <mask> dog"]
    _save(folder, "fill-mask", _network("RobertaForMaskedLM", tokenizer), tokenizer, texts)


def sentence_transformer(folder: str, **sizes: Any) -> None:
    """Sentence embeddings by MPNet, pooled and normalised."""
    import mlflow
    from sentence_transformers import SentenceTransformer, models

    tokenizer = _words()
    place = str(pathlib.Path(folder).parent / "network")
    _network("MPNetModel", tokenizer, **sizes).save_pretrained(place)
    tokenizer.save_pretrained(place)
    words = models.Transformer(place, max_seq_length=64)
    pooling = models.Pooling(words.get_word_embedding_dimension())
    embedder = SentenceTransformer(modules=[words, pooling, models.Normalize()])
    mlflow.sentence_transformers.save_model(embedder, folder, input_example=_TEXTS)


def zero_shot(folder: str) -> None:
    """Labels that come with the text, of a model for entailment that takes 40 tokens."""
    tokenizer = _words()
    tokenizer.model_max_length = 40
    labels = {0: "contradiction", 1: "neutral", 2: "entailment"}
    places = {label: place for place, label in labels.items()}
    model = _network("BertForSequenceClassification", tokenizer, id2label=labels, label2id=places)
    example = {"sequences": "the cat sat on the mat", "candidate_labels": ["cat", "dog", "weather"]}
    _save(folder, "zero-shot-classification", model, tokenizer, example)


def zero_shot_several(folder: str) -> None:
    """Labels that do not exclude each other, with a template as a column."""
    import mlflow

    tokenizer = _bytes()
    labels = {0: "ENTAILMENT", 1: "OTHER"}
    places = {label: place for place, label in labels.items()}
    model = _network("RobertaForSequenceClassification", tokenizer, id2label=labels, label2id=places)
    example = {"sequences": "the cat sat", "candidate_labels": '["cat", "dog"]', "hypothesis_template": "about {}"}
    signature = mlflow.models.infer_signature(example, None, {"multi_label": True})
    _save(folder, "zero-shot-classification", model, tokenizer, example, signature=signature)


def _answering(folder: str, kind: str, tokenizer: Any, **settings: Any) -> None:
    """Save a network that answers questions, in windows of 40 tokens."""
    tokenizer.model_max_length = 40
    example = {"question": "who sat on the mat", "context": "The cat sat on the mat, and the dog sat beside it."}
    _save(folder, "question-answering", _network(kind, tokenizer), tokenizer, [example], model_config=settings or None)


def questions(folder: str) -> None:
    """Parts of a context that answer questions."""
    _answering(folder, "BertForQuestionAnswering", _words())


def questions_with_settings(folder: str) -> None:
    """Answers that need not be there, by DistilBERT, in windows that overlap by 5 tokens."""
    settings = {"doc_stride": 5, "max_answer_len": 4, "handle_impossible_answer": True, "align_to_words": False}
    _answering(folder, "DistilBertForQuestionAnswering", _words(), **settings)


def several_answers(folder: str) -> None:
    """The three best answers, of a tokenizer of bytes."""
    _answering(folder, "RobertaForQuestionAnswering", _bytes(), top_k=3)


def deep_sentence_transformer(folder: str) -> None:
    """MPNet as deep as all-mpnet-base-v2, and an eighth as wide."""
    sizes = {"num_hidden_layers": 12, "num_attention_heads": 12, "hidden_size": 96, "intermediate_size": 384}
    sentence_transformer(folder, **sizes, initializer_range=0.1)


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
_TRANSFORMERS_4 = ("torch", "transformers<5")  # the last with a pipeline for questions
_TRANSFORMERS_4_40 = ("torch", "transformers==4.40.2", "numpy<2")
_SENTENCE_TRANSFORMERS = (*_TRANSFORMERS, "sentence-transformers")

RECIPES = {
    "transformers": Recipe(classifier, _TRANSFORMERS, backend="native"),
    "transformers-params": Recipe(classifier_with_params, _TRANSFORMERS, backend="native"),
    "transformers-tokens": Recipe(tokens, _TRANSFORMERS, backend="native"),
    "transformers-features": Recipe(features, _TRANSFORMERS, backend="native"),
    "transformers-mask": Recipe(mask, _TRANSFORMERS, backend="native"),
    "transformers-zero-shot": Recipe(zero_shot, _TRANSFORMERS, backend="native"),
    "transformers-zero-shot-several": Recipe(zero_shot_several, _TRANSFORMERS, backend="native"),
    "transformers-questions": Recipe(questions, _TRANSFORMERS_4, backend="native"),
    "transformers-questions-settings": Recipe(questions_with_settings, _TRANSFORMERS_4, backend="native"),
    "transformers-questions-several": Recipe(several_answers, _TRANSFORMERS_4, backend="native"),
    "transformers-questions-old": Recipe(questions, _TRANSFORMERS_4_40, backend="native"),
    "sentence-transformers": Recipe(sentence_transformer, _SENTENCE_TRANSFORMERS, backend="native"),
    "sentence-transformers-deep": Recipe(deep_sentence_transformer, _SENTENCE_TRANSFORMERS, backend="native"),
    "spacy": Recipe(spacy_categories, ("spacy",)),
}
