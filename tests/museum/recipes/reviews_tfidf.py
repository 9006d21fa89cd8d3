"""Text: TF-IDF of words and pairs of words, and logistic regression; one column, logged as a DataFrame."""

import data
import mlflow.sklearn
import piece
from mlflow.models.signature import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

frame, labels = data.reviews(400)
words = TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True, strip_accents="unicode")
model = make_pipeline(ColumnTransformer([("words", words, "text")]), LogisticRegression(C=5.0)).fit(frame, labels)
mlflow.sklearn.save_model(
    model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)), input_example=frame[:2]
)
piece.ask(
    data.reviews(30, seed=1)[0],
    {"text": ""},
    {"text": "GREAT, great; gre\u00e1t"},
    {"text": "\u6771\u4eac \u00df \u0130 \U0001f600 slow"},
    {"text": "a\tb\nc " * 200},
)
