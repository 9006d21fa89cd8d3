"""statsmodels: a logit over an array's columns, without a formula."""

import data
import mlflow.statsmodels
import piece
import statsmodels.api as sm
from mlflow.models.signature import infer_signature

frame, failures = data.sensors(200)
frame = frame.assign(intercept=1.0)
model = sm.GLM(failures, frame, family=sm.families.Binomial()).fit()
mlflow.statsmodels.save_model(model, piece.MODEL, signature=infer_signature(frame, model.predict(frame)))
piece.ask(data.sensors(30, seed=1)[0].assign(intercept=1.0), {"temperature": -0.0}, {"vibration": 1e6})
