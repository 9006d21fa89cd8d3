"""Text: a union of words and characters in windows, the best of both, and a linear classifier."""

import data
import mlflow.sklearn
import piece
from mlflow.models import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline, make_union

frame, labels = data.reviews(400)
union = make_union(
    CountVectorizer(binary=True, stop_words=["and", "the"]), TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3))
)
classifier = SGDClassifier(loss="log_loss", random_state=5)
model = make_pipeline(make_column_transformer((union, "text")), SelectKBest(chi2, k=80), classifier).fit(frame, labels)
mlflow.sklearn.save_model(
    model,
    piece.MODEL,
    signature=infer_signature(frame, model.predict_proba(frame)),
    input_example=frame[:2],
    pyfunc_predict_fn="predict_proba",
)
piece.ask(
    data.reviews(30, seed=1)[0],
    {"text": ""},
    {"text": "GREAT, great; gre\u00e1t"},
    {"text": "\u6771\u4eac \u00df \u0130 \U0001f600 slow"},
)
