# The models and estimates of r_survey.csv, by R's `survey` from the survey's own files, read here a second time.
#
#   apt-get install r-cran-survey
#   Rscript tests/transforms/survey/r_survey.R ../shared/data/NHANES > tests/transforms/survey/r_survey.csv
#
# Written with R 4.2.2 and survey 4.1-1. One row is one coefficient (on the logit) or one estimate with its standard error.
suppressMessages({ library(survey); library(MASS) })
options(survey.lonely.psu = "adjust")
folder <- commandArgs(trailingOnly = TRUE)[1]

table_of <- function(name, items) {
  parts <- lapply(c("D", "E"), function(letter) {
    path <- file.path(folder, paste0(name, "_", letter, ".csv.xz"))
    if (!file.exists(path)) return(NULL)
    rows <- read.csv(xzfile(path))
    for (item in setdiff(items, names(rows))) rows[[item]] <- NA
    rows[, c("SEQN", items)]
  })
  do.call(rbind, parts)
}
d <- table_of("DEMO", c("SDDSRVYR", "RIAGENDR", "RIDAGEYR", "RIDRETH1", "INDFMPIR", "WTINT2YR", "WTMEC2YR", "SDMVPSU", "SDMVSTRA"))
for (part in list(
  table_of("SLQ", c("SLQ150", "SLQ160", "SLD010H")),
  table_of("DR1TOT", c("WTDRD1", "WTDR2D", "DR1DRSTZ", "DR1TCAFF", "DR1TMAGN", "DR1TCALC", "DR1TIRON", "DR1TVB6", "DR1TVB12", "DR1TKCAL", "DR1TALCO")),
  table_of("DR2TOT", c("DR2DRSTZ", "DR2TCAFF")),
  table_of("PAQ", c("PAD200", "PAD320", "PAQ650", "PAQ665")),
  table_of("FERTIN", c("LBDFERSI")), table_of("SMQ", c("SMQ020", "SMQ040")),
  table_of("BMX", c("BMXBMI")), table_of("DPQ", paste0("DPQ0", 1:9, "0"))
)) d <- merge(d, part, by = "SEQN", all.x = TRUE)
foods <- table_of("DR1IFF", c("DR1DRSTZ", "DR1_020", "DR1ICAFF"))
foods <- foods[foods$DR1DRSTZ == 1, ]
late <- aggregate(list(late = foods$DR1ICAFF * (foods$DR1_020 >= 14 * 3600)), list(SEQN = foods$SEQN), sum)
d <- merge(d, late, by = "SEQN", all.x = TRUE)

known <- function(x, codes) ifelse(x %in% codes, x, NA)
d$jerk <- known(d$SLQ150, 0:4)
d$cramp <- known(d$SLQ160, 0:4)
d$leg_jerk_often <- as.numeric(d$jerk >= 3)
d$leg_jerk_ever <- as.numeric(d$jerk >= 1)
d$leg_cramp_often <- as.numeric(d$cramp >= 3)
d$leg_jerk_frequency <- factor(d$jerk, ordered = TRUE)
reliable <- d$DR1DRSTZ %in% 1
for (item in grep("^DR1T", names(d), value = TRUE)) d[[item]][!reliable] <- NA
d$caffeine_mg <- d$DR1TCAFF / 100
d$caffeine_after_14h_mg <- ifelse(reliable, d$late, NA) / 100
d$magnesium_mg <- d$DR1TMAGN / 100
d$calcium_mg <- d$DR1TCALC / 500
d$iron_mg <- d$DR1TIRON / 10
d$vitamin_b6_mg <- d$DR1TVB6
d$vitamin_b12_ug <- d$DR1TVB12 / 2.4
d$ferritin_ug_l <- log2(d$LBDFERSI)
leisure <- function(old, new) ifelse(old %in% 1 | new %in% 1, 1, ifelse(old %in% 2:3 | new %in% 2, 0, NA))
d$has_vigorous_activity <- leisure(d$PAD200, d$PAQ650)
d$has_moderate_activity <- leisure(d$PAD320, d$PAQ665)
d$is_short_sleep <- as.numeric(ifelse(d$SLD010H <= 24, d$SLD010H, NA) < 7)
items <- sapply(d[, paste0("DPQ0", 1:9, "0")], known, codes = 0:3)
d$phq9_score <- rowSums(items)
d$smoking <- ifelse(d$SMQ020 %in% 2, "anever", ifelse(d$SMQ020 %in% 1 & d$SMQ040 %in% 1:2, "current", ifelse(d$SMQ020 %in% 1 & d$SMQ040 %in% 3, "former", NA)))
d$is_smoker <- as.numeric(d$smoking == "current")
d$is_former <- as.numeric(d$smoking == "former")
d$age <- d$RIDAGEYR
d$race <- relevel(factor(d$RIDRETH1), "3")
d$sex <- factor(d$RIAGENDR)
d$cycle <- factor(d$SDDSRVYR)
d$w <- ifelse(is.na(d$WTDRD1), 0, d$WTDRD1) / 2
d$adult <- d$RIDAGEYR >= 20 & reliable & d$w > 0

whole <- svydesign(ids = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~w, nest = TRUE, data = d)
demographic <- c("age", "I(age^2)", "sex", "race", "cycle")
full <- c(demographic, "INDFMPIR", "is_smoker", "is_former", "BMXBMI", "DR1TKCAL", "DR1TALCO")
models <- list(crude = c(), demographic = demographic, full = full, full_and_mood = c(full, "phq9_score"))
domains <- list(
  adults = rep(TRUE, nrow(d)), women = d$RIAGENDR == 2, men = d$RIAGENDR == 1, old = d$RIDAGEYR >= 60,
  first_cycle = d$SDDSRVYR == 4, smokers = d$is_smoker %in% 1
)

cat("kind,outcome,exposure,model,domain,estimate,standard_error,degrees_of_freedom,count\n")
row <- function(...) cat(paste(..., sep = ","), "\n", sep = "")
digits <- function(x) format(x, digits = 10, scientific = FALSE, trim = TRUE)

fit <- function(outcome, exposure, model, domain = "adults") {
  # constant columns are left out here by hand
  terms <- setdiff(models[[model]], exposure)
  if (domain == "first_cycle" || exposure == "caffeine_after_14h_mg") terms <- setdiff(terms, "cycle")
  if (domain %in% c("women", "men") || exposure == "ferritin_ug_l") terms <- setdiff(terms, "sex")
  if (domain == "smokers") terms <- setdiff(terms, c("is_smoker", "is_former"))
  if (exposure == "is_smoker") terms <- union("is_former", terms)
  formula <- as.formula(paste(outcome, "~", paste(c(exposure, terms), collapse = " + ")))
  complete <- complete.cases(d[, unique(c(all.vars(formula)))])
  part <- subset(whole, d$adult & domains[[domain]] & complete)
  if (outcome == "leg_jerk_frequency") {
    # svyolr inverts a numeric Hessian: columns of one size, or it is singular; the exposure's coefficient is the same
    sized <- c("I(age^2)" = "I((age / 10 - 5)^2)", age = "I(age / 10 - 5)", BMXBMI = "I(BMXBMI / 10)", DR1TKCAL = "I(DR1TKCAL / 1000)", DR1TALCO = "I(DR1TALCO / 50)")
    sizes <- ifelse(terms %in% names(sized), sized[terms], terms)
    formula <- as.formula(paste(outcome, "~", paste(c(exposure, sizes), collapse = " + ")))
    found <- svyolr(formula, design = part, control = list(reltol = 1e-14, maxit = 2000))
    estimate <- coef(found)[exposure]
    error <- sqrt(vcov(found)[exposure, exposure])
  } else {
    found <- svyglm(formula, design = part, family = quasibinomial(), control = glm.control(epsilon = 1e-12, maxit = 50))
    estimate <- coef(found)[exposure]
    error <- SE(found)[exposure]
  }
  row("model", outcome, exposure, model, domain, digits(estimate), digits(error), degf(part), sum(d$adult & domains[[domain]] & complete))
}
for (outcome in c("leg_jerk_often", "leg_jerk_ever", "leg_cramp_often")) for (model in names(models)) fit(outcome, "caffeine_mg", model)
for (exposure in c("caffeine_after_14h_mg", "magnesium_mg", "calcium_mg", "iron_mg", "vitamin_b6_mg", "vitamin_b12_ug", "ferritin_ug_l",
                   "has_moderate_activity", "has_vigorous_activity", "is_short_sleep", "phq9_score", "is_smoker"))
  for (model in c("crude", "full")) fit("leg_jerk_often", exposure, model)
for (domain in setdiff(names(domains), "adults")) for (model in c("crude", "demographic", "full")) fit("leg_jerk_often", "caffeine_mg", model, domain)
for (model in c("crude", "demographic", "full")) fit("leg_jerk_frequency", "caffeine_mg", model)
fit("leg_jerk_frequency", "phq9_score", "crude")
fit("leg_jerk_frequency", "caffeine_mg", "crude", "women")

for (answer in 0:4) {
  part <- subset(whole, d$adult & d$jerk %in% answer)
  found <- svymean(~DR1TCAFF, part)
  row("mean", "leg_jerk_frequency", "caffeine_mg", answer, "adults", digits(coef(found)), digits(SE(found)), degf(part), sum(d$adult & d$jerk %in% answer))
  middle <- svyquantile(~DR1TCAFF, part, quantiles = 0.5)
  row("median", "leg_jerk_frequency", "caffeine_mg", answer, "adults", digits(coef(middle)), digits(SE(middle)), degf(part), sum(d$adult & d$jerk %in% answer))
  answered <- subset(whole, d$adult & !is.na(d$jerk))
  portion <- svymean(~I(as.numeric(jerk == answer)), answered)
  row("share", "leg_jerk_frequency", "", answer, "adults", digits(coef(portion)), digits(SE(portion)), degf(answered), sum(d$adult & !is.na(d$jerk)))
  people <- svytotal(~I(as.numeric(jerk %in% answer)), subset(whole, d$adult))
  row("total", "leg_jerk_frequency", "", answer, "adults", digits(coef(people)), digits(SE(people)), degf(subset(whole, d$adult)), sum(d$adult & d$jerk %in% answer))
}
for (quarter in c(0.25, 0.75, 0.9)) {
  part <- subset(whole, d$adult & !is.na(d$jerk))
  found <- svyquantile(~DR1TMAGN, part, quantiles = quarter)
  row("quantile", "leg_jerk_frequency", "magnesium_mg", quarter, "adults", digits(coef(found)), digits(SE(found)), degf(part), sum(d$adult & !is.na(d$jerk)))
}
d$both <- d$DR1DRSTZ %in% 1 & d$DR2DRSTZ %in% 1
d$two_day <- ifelse(d$both, (d$DR1TCAFF + d$DR2TCAFF) / 2, NA)
two <- svydesign(ids = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~I(ifelse(is.na(WTDR2D), 0, WTDR2D) / 2), nest = TRUE, data = d)
for (answer in 0:4) {
  chosen <- d$both & d$jerk %in% answer
  found <- svymean(~two_day, subset(two, chosen))
  row("two_day_mean", "leg_jerk_frequency", "caffeine_mg", answer, "all", digits(coef(found)), digits(SE(found)), degf(subset(two, chosen & d$WTDR2D > 0)), sum(chosen))
}
# one stratum of one cluster: the first cluster of the first stratum is taken away
alone <- d[!(d$SDMVSTRA == min(d$SDMVSTRA) & d$SDMVPSU == 2), ]
lonely <- svydesign(ids = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~w, nest = TRUE, data = alone)
part <- subset(lonely, alone$adult & !is.na(alone$jerk))
found <- svymean(~DR1TCAFF, part)
row("lonely_mean", "leg_jerk_frequency", "caffeine_mg", "", "adults", digits(coef(found)), digits(SE(found)), degf(part), sum(alone$adult & !is.na(alone$jerk)))
found <- svyglm(leg_jerk_often ~ caffeine_mg, design = part, family = quasibinomial())
row("lonely_model", "leg_jerk_often", "caffeine_mg", "crude", "adults", digits(coef(found)[2]), digits(SE(found)[2]), degf(part), sum(alone$adult & !is.na(alone$jerk)))
