"""What a survey's respondents say of the people that they stand for, with errors that know how they were sampled.

design (who was sampled how) < estimates (means, shares, totals, quantiles), regression (logistic and ordinal) < questions
(what is asked of which survey, as data) < samples (the columns of a model) < leg_jerks, association, dose_response (tables).
"""
