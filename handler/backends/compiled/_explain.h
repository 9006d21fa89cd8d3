/* Explain sums of trees: the contribution of each column to each sum, as explaining/trees.py describes them.
 *
 * The Shapley value of a column is an integral over t from 0 to 1 of a polynomial, the product of a factor for each
 * column on the path to a leaf. Gauss and Legendre's quadrature with enough points, two of them in one vector, gives
 * it exactly. Factors are multiplied on the way down, and weighted values of leaves are added up on the way back. */

#define DEEPEST_EXPLAINED 500 /* levels: each one is a call */
#define MOST_EXPLAINED ((Py_ssize_t)1 << 40) /* contributions of a row */

static const char EXPLAINED[] = "explained trees";

typedef double Vector __attribute__((vector_size(16), aligned(8), may_alias));

/* Trees, the weight of the training rows in each node, the player that each column of a row belongs to, and what
 * follows from them. `points` holds the number of pairs of points for each tree. */
typedef struct {
    Trees *trees;
    Py_buffer covers, players, quadrature;
    Py_ssize_t player_count;
    int32_t *points;
    double *means;
    int most_pairs, deepest;
} Explained;

static double cover_of(const Explained *explained, const Node *node)
{
    return ((const double *)explained->covers.buf)[node - nodes_of(explained->trees)];
}

/* The share of a node's training rows that goes to a child. */
static double share_of(const Explained *explained, const Node *node, const Node *child)
{
    double cover = cover_of(explained, node);
    return cover > 0.0 ? cover_of(explained, child) / cover : 0.0;
}

static int32_t player_of(const Explained *explained, const Node *node)
{
    return ((const int32_t *)explained->players.buf)[node->column];
}

static double value_of(const Trees *trees, const Node *leaf, Py_ssize_t out)
{
    Py_ssize_t place = place_of(leaf) * trees->width + out;
    return trees->float32 ? ((const float *)trees->values.buf)[place] : ((const double *)trees->values.buf)[place];
}

static void free_explained(Explained *explained)
{
    if (explained->trees)
        free_trees(explained->trees);
    PyBuffer_Release(&explained->covers);
    PyBuffer_Release(&explained->players);
    PyBuffer_Release(&explained->quadrature);
    free(explained->points);
    free(explained->means);
    free(explained);
}

/* What a walk through all nodes of a tree keeps: how often each player is on the path, and the greatest numbers of
 * different players on a path and of levels. */
typedef struct {
    int32_t *seen;
    int players, most_players, levels;
} Survey;

/* Add a node's mean to `means`, the part of the training rows that reach it times its value. */
static void survey(const Explained *explained, const Node *node, int level, double part, double *means, Survey *found)
{
    found->levels = level > found->levels ? level : found->levels;
    if (level > DEEPEST_EXPLAINED)
        return;
    if (!node->right) {
        for (Py_ssize_t out = 0; out < explained->trees->width; out++)
            means[out] += part * value_of(explained->trees, node, out);
        return;
    }
    int32_t player = player_of(explained, node);
    found->players += !found->seen[player]++;
    found->most_players = found->players > found->most_players ? found->players : found->most_players;
    for (int side = 0; side < 2; side++) {
        const Node *child = node + (side ? node->right : 1);
        survey(explained, child, level + 1, part * share_of(explained, node, child), means, found);
    }
    found->players -= !--found->seen[player];
}

static bool check_explained(Explained *explained)
{
    const Trees *trees = explained->trees;
    const Items tables[] = {
        {"covers", &explained->covers, sizeof(double)},
        {"players", &explained->players, sizeof(int32_t)},
        {"quadrature", &explained->quadrature, sizeof(double)},
    };
    if (!check_items(tables, sizeof tables / sizeof *tables))
        return false;
    Py_ssize_t count = trees->nodes.len / (Py_ssize_t)sizeof(Node);
    if (explained->covers.len != count * (Py_ssize_t)sizeof(double))
        return refuse("covers");
    for (Py_ssize_t node = 0; node < count; node++) {
        double cover = ((const double *)explained->covers.buf)[node];
        if (!(cover >= 0.0 && cover - cover == 0.0))
            return refuse("covers");
    }
    if (explained->player_count < 1 || explained->player_count > MOST_EXPLAINED / (trees->output_width + 1)
        || explained->players.len != trees->row_width * (Py_ssize_t)sizeof(int32_t))
        return refuse("players");
    for (Py_ssize_t column = 0; column < trees->row_width; column++)
        if (!within(((const int32_t *)explained->players.buf)[column], explained->player_count))
            return refuse("players");
    return true;
}

/* Count the points that each tree needs and add up the means; the tables fit. */
static bool survey_all(Explained *explained)
{
    const Trees *trees = explained->trees;
    explained->points = calloc((size_t)trees->tree_count + 1, sizeof *explained->points);
    explained->means = calloc((size_t)trees->output_width + 1, sizeof *explained->means);
    Survey found = {calloc((size_t)explained->player_count, sizeof *found.seen), 0, 0, 0};
    bool good = explained->points && explained->means && found.seen;
    if (!good)
        PyErr_NoMemory();
    for (Py_ssize_t tree = 0; good && tree < trees->tree_count; tree++) {
        found.most_players = 0;
        const Node *root = nodes_of(trees) + starts_of(trees)[tree];
        survey(explained, root, 0, 1.0, explained->means + outputs_of(trees)[tree], &found);
        int pairs = explained->points[tree] = (found.most_players + 3) / 4; /* m points for polynomials below degree 2 m */
        explained->most_pairs = pairs > explained->most_pairs ? pairs : explained->most_pairs;
    }
    explained->deepest = found.levels;
    free(found.seen);
    if (good && explained->deepest > DEEPEST_EXPLAINED)
        return refuse("levels");
    Py_ssize_t pairs = explained->most_pairs;
    if (good && explained->quadrature.len < 3 * pairs * (pairs + 1) * (Py_ssize_t)sizeof(double))
        return refuse("quadrature");
    return good;
}

/* The state of a player on the path: whether the row passes its tests, and the share of training rows that do. */
typedef struct {
    double passes, share;
    bool known;
} State;

typedef struct {
    const Explained *explained;
    const double *row;
    Py_ssize_t stride;
    const Vector *times, *rests; /* the points, and one minus each of them */
    int pairs;
    State *states;
    Vector *levels;              /* for each level: the products on the path, then the sums of leaves for each output */
    double *contributions;     /* for each output and each player */
} Walk;

static Vector paired(double value) { return (Vector){value, value}; }

static bool goes_left(const Trees *trees, const Node *node, double value)
{
    if (trees->has_categories && holds_categories(trees, node->column))
        return in_set(sets_of(trees) + (Py_ssize_t)node->threshold, value);
    return value <= node->threshold;
}

/* Add the contributions below a node, and leave in its level the sums of its leaves, each times the factors below. */
static void explain_node(const Walk *walk, const Node *node, Vector *level)
{
    const Explained *explained = walk->explained;
    const Trees *trees = explained->trees;
    const int pairs = walk->pairs;
    Vector *products = level, *sums = level + pairs, *next = level + pairs * (1 + trees->width);
    if (!node->right) {
        for (Py_ssize_t out = 0; out < trees->width; out++)
            for (int pair = 0; pair < pairs; pair++)
                sums[out * pairs + pair] = paired(value_of(trees, node, out));
        return;
    }
    memset(sums, 0, (size_t)(pairs * trees->width) * sizeof *sums);
    bool left = goes_left(trees, node, walk->row[node->column * walk->stride]);
    int32_t player = player_of(explained, node);
    State *state = walk->states + player, before = *state;
    for (int side = 0; side < 2; side++) {
        const Node *child = node + (side ? node->right : 1);
        State now = {left == !side ? before.passes : 0.0, before.share * share_of(explained, node, child), true};
        if (now.passes == 0.0 && now.share == 0.0)
            continue; /* no training row, and not this one */
        Vector factors[pairs], weights[pairs]; /* of the child's products, and of its sums in the contribution */
        for (int pair = 0; pair < pairs; pair++) {
            Vector factor = now.passes * walk->times[pair] + now.share * walk->rests[pair];
            Vector weight = products[pair] * (now.passes - now.share);
            if (before.known) { /* the factor of the tests above is replaced, and so is their contribution */
                Vector above = 1.0 / (before.passes * walk->times[pair] + before.share * walk->rests[pair]);
                factor *= above;
                weight = products[pair] * above * ((now.passes - now.share) - factor * (before.passes - before.share));
            }
            factors[pair] = factor;
            weights[pair] = weight;
            next[pair] = products[pair] * factor;
        }
        *state = now;
        explain_node(walk, child, next);
        for (Py_ssize_t out = 0; out < trees->width; out++) {
            const Vector *below = next + pairs * (1 + out);
            Vector total = paired(0.0);
            for (int pair = 0; pair < pairs; pair++) {
                total += weights[pair] * below[pair];
                sums[out * pairs + pair] += factors[pair] * below[pair];
            }
            walk->contributions[out * explained->player_count + player] += total[0] + total[1];
        }
    }
    *state = before;
}

/* Add the contributions of a row, for each output and each player. */
static void explain_row(Walk *walk, double *contributions)
{
    const Trees *trees = walk->explained->trees;
    const Vector *quadrature = walk->explained->quadrature.buf;
    for (Py_ssize_t tree = 0; tree < trees->tree_count; tree++) {
        int pairs = walk->pairs = walk->explained->points[tree];
        walk->times = quadrature + 3 * pairs * (pairs - 1) / 2; /* the points of fewer pairs come before */
        walk->rests = walk->times + pairs;
        memcpy(walk->levels, walk->rests + pairs, (size_t)pairs * sizeof(Vector));
        walk->contributions = contributions + outputs_of(trees)[tree] * walk->explained->player_count;
        explain_node(walk, nodes_of(trees) + starts_of(trees)[tree], walk->levels);
    }
}

static void unload_explained(PyObject *capsule) { free_explained(PyCapsule_GetPointer(capsule, EXPLAINED)); }

static PyObject *load_explained(PyObject *module, PyObject *arguments)
{
    (void)module;
    Explained *explained = calloc(1, sizeof *explained);
    Trees *trees = calloc(1, sizeof *trees);
    if (!explained || !trees) {
        free(explained);
        free(trees);
        return PyErr_NoMemory();
    }
    if (!PyArg_ParseTuple(arguments, "y*y*y*y*nny*y*py*y*ny*", &trees->starts, &trees->outputs, &trees->nodes,
                          &trees->values, &trees->columns, &trees->width, &trees->views, &trees->sets, &trees->float32,
                          &explained->covers, &explained->players, &explained->player_count, &explained->quadrature)) {
        free(explained);
        free(trees);
        return NULL;
    }
    explained->trees = trees;
    PyObject *capsule = check_shapes(trees) && check_nodes(trees) && check_explained(explained) && survey_all(explained)
        ? PyCapsule_New(explained, EXPLAINED, unload_explained) : NULL;
    if (!capsule)
        free_explained(explained);
    return capsule;
}

/* Return the mean of each sum over the training rows, as columns of one number. */
static PyObject *means(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *capsule;
    Explained *explained;
    if (!PyArg_ParseTuple(arguments, "O", &capsule) || !(explained = PyCapsule_GetPointer(capsule, EXPLAINED)))
        return NULL;
    return listed(explained->means, 1, explained->trees->output_width);
}

static PyObject *explain(PyObject *module, PyObject *arguments)
{
    (void)module;
    PyObject *capsule, *given, *made = NULL, *rows = NULL;
    Explained *explained;
    double *numbers = NULL, *contributions = NULL;
    if (!PyArg_ParseTuple(arguments, "OO", &capsule, &given) || !(explained = PyCapsule_GetPointer(capsule, EXPLAINED))
        || !(rows = PySequence_Tuple(given)))
        return NULL;
    const Trees *trees = explained->trees;
    Py_ssize_t count = PyTuple_Size(rows), grouped = count - count % LANES;
    Py_ssize_t width = trees->output_width * explained->player_count;
    Walk walk = {.explained = explained};
    numbers = calloc((size_t)count + 1, (size_t)trees->row_width * sizeof *numbers);
    contributions = calloc((size_t)count + 1, (size_t)(width + 1) * sizeof *contributions);
    walk.states = malloc((size_t)explained->player_count * sizeof *walk.states);
    walk.levels = calloc((size_t)explained->deepest + 1,
                         (size_t)((explained->most_pairs + 1) * (1 + trees->width)) * sizeof *walk.levels);
    if (!numbers || !contributions || !walk.states || !walk.levels) {
        PyErr_NoMemory();
        goto done;
    }
    if (!unpack_rows(trees, rows, count, numbers))
        goto done;
    for (Py_ssize_t player = 0; player < explained->player_count; player++)
        walk.states[player] = (State){1.0, 1.0, false};
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t row = 0; row < count; row++) {
        Py_ssize_t lane = row < grouped ? row % LANES : 0;
        walk.row = numbers + (row - lane) * trees->row_width + lane;
        walk.stride = row < grouped ? LANES : 1;
        explain_row(&walk, contributions + row * width);
    }
    Py_END_ALLOW_THREADS
    made = listed(contributions, count, width);
done:
    free(numbers);
    free(contributions);
    free(walk.states);
    free(walk.levels);
    Py_DecRef(rows);
    return made;
}
