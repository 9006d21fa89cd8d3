/* Weighted sums over the terms of ASCII texts: dense_text.py describes them. Sums have the bits of text.py. */

typedef struct {
    int32_t index, size;
    Py_ssize_t start;
} Term;

typedef struct {
    Term *slots;
    char *letters;
    Py_ssize_t count, mask;
} Terms;

/* How a text is split and its counts are weighted. `logarithms` holds those of counts from 0 on. */
typedef struct {
    const Terms *terms;
    bool marks, lower, binary;
    const double *idf, *logarithms;
    Py_ssize_t known_logarithms;
    int norm;
} Weighing;

static const char TERMS[] = "terms";

static uint64_t hashed(const char *letters, Py_ssize_t size)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (Py_ssize_t index = 0; index < size; index++)
        hash = (hash ^ (unsigned char)letters[index]) * 1099511628211u;
    return hash ^ hash >> 32;
}

/* Return the slot of a term, or the free one where it belongs. */
static Term *slot_of(const Terms *terms, const char *letters, Py_ssize_t size)
{
    Py_ssize_t place = (Py_ssize_t)(hashed(letters, size) & (uint64_t)terms->mask);
    for (;; place = (place + 1) & terms->mask) {
        Term *slot = &terms->slots[place];
        if (slot->index < 0 || (slot->size == size && !memcmp(terms->letters + slot->start, letters, (size_t)size)))
            return slot;
    }
}

static void free_terms(Terms *terms)
{
    if (terms) {
        free(terms->slots);
        free(terms->letters);
    }
    free(terms);
}

static void unload_terms(PyObject *capsule) { free_terms(PyCapsule_GetPointer(capsule, TERMS)); }

static Terms *make_terms(PyObject *list)
{
    Terms *terms = calloc(1, sizeof *terms);
    Py_ssize_t total = 0, size;
    if (!terms || (terms->count = PyList_Size(list)) < 0 || terms->count >= INT32_MAX / 4)
        return terms;
    for (Py_ssize_t index = 0; index < terms->count; index++) {
        if (!PyUnicode_AsUTF8AndSize(PyList_GetItem(list, index), &size) || size > INT32_MAX)
            return terms;
        total += size;
    }
    for (terms->mask = 15; terms->mask < 2 * terms->count;)
        terms->mask = 2 * terms->mask + 1;
    terms->letters = malloc((size_t)total + 1);
    terms->slots = malloc(((size_t)terms->mask + 1) * sizeof(Term));
    if (!terms->letters || !terms->slots)
        return terms;
    for (Py_ssize_t place = 0; place <= terms->mask; place++)
        terms->slots[place].index = -1;
    Py_ssize_t start = 0;
    for (Py_ssize_t index = 0; index < terms->count; index++, start += size) {
        const char *letters = PyUnicode_AsUTF8AndSize(PyList_GetItem(list, index), &size);
        memcpy(terms->letters + start, letters, (size_t)size);
        *slot_of(terms, letters, size) = (Term){(int32_t)index, (int32_t)size, start};
    }
    return terms;
}

static PyObject *load_terms(PyObject *module, PyObject *list)
{
    (void)module;
    Terms *terms = make_terms(list);
    if (terms && terms->letters && terms->slots)
        return PyCapsule_New(terms, TERMS, unload_terms);
    free_terms(terms);
    return PyErr_Occurred() ? NULL : PyErr_NoMemory();
}

static int ascending(const void *left, const void *right)
{
    int32_t one = *(const int32_t *)left, other = *(const int32_t *)right;
    return (one > other) - (one < other);
}

static void sort(int32_t *numbers, Py_ssize_t count)
{
    if (count > 64) {
        qsort(numbers, (size_t)count, sizeof *numbers, ascending);
        return;
    }
    for (Py_ssize_t index = 1; index < count; index++) {
        int32_t number = numbers[index];
        Py_ssize_t place = index;
        for (; place > 0 && numbers[place - 1] > number; place--)
            numbers[place] = numbers[place - 1];
        numbers[place] = number;
    }
}

static bool in_word(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z')
        || letter == '_';
}

static bool blank(char letter) { return letter == ' ' || (letter >= 9 && letter <= 13) || (letter >= 28 && letter <= 31); }

/* Count the known terms of a text; write the numbers of those that occur, ascending, and return how many. */
static Py_ssize_t count_terms(const Weighing *how, char *text, Py_ssize_t size, int32_t *counts, int32_t *found)
{
    Py_ssize_t several = 0;
    if (how->lower)
        for (Py_ssize_t index = 0; index < size; index++)
            text[index] = (char)(text[index] + (text[index] >= 'A' && text[index] <= 'Z' ? 32 : 0));
    for (Py_ssize_t start = 0, end; start < size; start = end) {
        for (end = start; end < size && in_word(text[end]); end++)
            ;
        if (end == start) {
            end++;
            if (!how->marks || blank(text[start]))
                continue;
        } else if (!how->marks && end - start < 2) {
            continue;
        }
        int32_t index = slot_of(how->terms, text + start, end - start)->index;
        if (index >= 0 && !counts[index]++)
            found[several++] = index;
    }
    sort(found, several);
    return several;
}

/* Replace the counts of a text's terms by their weights; return whether all logarithms are known. */
static bool weigh(const Weighing *how, const int32_t *found, Py_ssize_t several, int32_t *counts, double *weights)
{
    double norm = 0.0;
    bool good = true;
    for (Py_ssize_t place = 0; place < several; place++) {
        int32_t index = found[place], count = how->binary ? 1 : counts[index];
        counts[index] = 0;
        good &= !how->logarithms || count < how->known_logarithms;
        double weight = how->logarithms && good ? how->logarithms[count] : (double)count;
        if (how->idf)
            weight = count == 1 ? how->idf[index] : weight * how->idf[index];
        weights[place] = weight;
        double size = fabs(weight);
        norm = how->norm == 2 ? norm + weight * weight : how->norm == 1 ? norm + size : size > norm ? size : norm;
    }
    if (how->norm == 2)
        norm = sqrt(norm);
    if (how->norm && norm != 0.0)
        for (Py_ssize_t place = 0; place < several; place++)
            weights[place] /= norm;
    return good;
}

static PyObject *appended(PyObject *list, Py_ssize_t number)
{
    PyObject *made = PyLong_FromSsize_t(number);
    int failed = !made || PyList_Append(list, made) < 0;
    Py_DecRef(made);
    return failed ? NULL : list;
}

/* Write the sums of each text; return the rows left: those that are not ASCII, or repeat a term too often. */
static PyObject *sum_all(const Weighing *how, PyObject *texts, const Columns *weights, const double *intercepts,
                         const Columns *targets)
{
    PyObject *left = PyList_New(0);
    Py_ssize_t room = 1024, size;
    int32_t *counts = calloc((size_t)how->terms->count + 1, sizeof *counts), *found = malloc((size_t)room * sizeof *found);
    double *weighted = malloc((size_t)room * sizeof *weighted);
    char *copy = malloc((size_t)room);
    for (Py_ssize_t row = 0; left && row < targets->rows; row++) {
        const char *text = PyUnicode_AsUTF8AndSize(PyList_GetItem(texts, row), &size);
        if (!text) {
            PyErr_Clear();
            left = appended(left, row);
            continue;
        }
        if (size > room) {
            room = size;
            free(found), free(weighted), free(copy);
            found = malloc((size_t)room * sizeof *found);
            weighted = malloc((size_t)room * sizeof *weighted);
            copy = malloc((size_t)room);
        }
        if (!counts || !found || !weighted || !copy) {
            Py_DecRef(left);
            left = PyErr_NoMemory();
            break;
        }
        bool ascii = true;
        for (Py_ssize_t index = 0; index < size; index++) {
            copy[index] = text[index];
            ascii &= text[index] >= 0;
        }
        Py_ssize_t several = ascii ? count_terms(how, copy, size, counts, found) : 0;
        if (!weigh(how, found, several, counts, weighted) || !ascii) {
            left = appended(left, row);
            continue;
        }
        for (Py_ssize_t out = 0; out < targets->count; out++) {
            const double *own = weights->views[out].buf;
            double total = 0.0;
            for (Py_ssize_t place = 0; place < several; place++)
                total += weighted[place] * own[found[place]];
            ((double *)targets->views[out].buf)[row] = total + intercepts[out];
        }
    }
    free(counts), free(found), free(weighted), free(copy);
    return left;
}

/* sum_terms(terms, texts, marks, lower, binary, idf, logarithms, norm, weights, intercepts, targets): see sum_all. */
static PyObject *sum_terms(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *capsule, *texts, *weight_list, *target_list, *made = NULL;
    Py_buffer idf, logarithms, intercepts;
    int marks, lower, binary;
    Weighing how = {0};
    Columns weights = {0}, targets = {0};
    if (!PyArg_ParseTuple(arguments, "OOpppy*y*iOy*O", &capsule, &texts, &marks, &lower, &binary, &idf, &logarithms,
                          &how.norm, &weight_list, &intercepts, &target_list))
        return NULL;
    how.marks = marks, how.lower = lower, how.binary = binary;
    how.idf = idf.len ? idf.buf : NULL;
    how.logarithms = logarithms.len ? logarithms.buf : NULL;
    how.known_logarithms = length(&logarithms);
    if ((how.terms = PyCapsule_GetPointer(capsule, TERMS)) && acquire(weight_list, 0, &weights)
        && acquire(target_list, PyBUF_WRITABLE, &targets)) {
        Py_ssize_t count = how.terms->count;
        if ((how.idf && length(&idf) != count) || weights.rows != count || weights.count != targets.count
            || length(&intercepts) != weights.count || PyList_Size(texts) != targets.rows)
            PyErr_Format(PyExc_ValueError, "the tables of a text model do not fit its %zd terms", count);
        else
            made = sum_all(&how, texts, &weights, intercepts.buf, &targets);
    }
    release(&weights);
    release(&targets);
    PyBuffer_Release(&idf);
    PyBuffer_Release(&logarithms);
    PyBuffer_Release(&intercepts);
    return made;
}
