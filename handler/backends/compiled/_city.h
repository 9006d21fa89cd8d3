/* CityHash64, version 1.0 (Geoff Pike and Jyrki Alakuijala, 2011): CatBoost's hash of a category's UTF-8.
 * Version 1.1 gives other numbers. catboost_in_python.py has the same in Python. */

#define CITY0 0xc3a5c85c97cb3127ULL
#define CITY1 0xb492b66fbe98f273ULL
#define CITY2 0x9ae16a3b2f90404fULL
#define CITY3 0xc949d7c7509e6557ULL
#define MIXER 0x9ddfea08eb382d69ULL

typedef struct {
    uint64_t first, second;
} Pair;

static uint64_t word8(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static uint64_t word4(const char *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Rotate to the right by 1 to 63 bits. */
static uint64_t rotated(uint64_t word, int bits) { return word >> bits | word << (64 - bits); }

static uint64_t folded(uint64_t word) { return word ^ word >> 47; }

/* Two words in one. */
static uint64_t mixed(uint64_t low, uint64_t high)
{
    uint64_t inner = folded((low ^ high) * MIXER);
    return folded((high ^ inner) * MIXER) * MIXER;
}

/* Four words, read from `bytes`, and two seeds in two words. */
static Pair weak(const char *bytes, uint64_t low, uint64_t high)
{
    uint64_t start = low + word8(bytes), last = word8(bytes + 24);
    uint64_t sum = start + word8(bytes + 8) + word8(bytes + 16);
    return (Pair){sum + last, rotated(high + start + last, 21) + rotated(sum, 44) + start};
}

/* Half of a text of 33 to 64 bytes. */
static Pair half(uint64_t start, uint64_t last, uint64_t middle, uint64_t next)
{
    uint64_t high = rotated(start + last, 52) + rotated(start, 37), sum = start + middle;
    high += rotated(sum, 7);
    sum += next;
    return (Pair){sum + last, high + rotated(sum, 31)};
}

static uint64_t city_short(const char *text, size_t length)
{
    if (length > 8) {
        uint64_t last = word8(text + length - 8);
        return mixed(word8(text), rotated(last + length, (int)length)) ^ last;
    }
    if (length >= 4)
        return mixed(length + (word4(text) << 3), word4(text + length - 4));
    if (!length)
        return CITY2;
    const unsigned char *bytes = (const unsigned char *)text;
    uint64_t low = bytes[0] + ((uint64_t)bytes[length >> 1] << 8), high = length + ((uint64_t)bytes[length - 1] << 2);
    return folded(low * CITY2 ^ high * CITY3) * CITY2;
}

static uint64_t city_medium(const char *text, size_t length)
{
    const char *end = text + length;
    if (length <= 32) {
        uint64_t first = word8(text) * CITY1, second = word8(text + 8), last = word8(end - 8) * CITY2;
        return mixed(rotated(first - second, 43) + rotated(last, 30) + word8(end - 16) * CITY0,
                     first + rotated(second ^ CITY3, 20) - last + length);
    }
    Pair head = half(word8(text) + (length + word8(end - 16)) * CITY0, word8(text + 24), word8(text + 8),
                     word8(text + 16));
    Pair tail = half(word8(text + 16) + word8(end - 32), word8(end - 8), word8(end - 24), word8(end - 16));
    uint64_t both = folded((head.first + tail.second) * CITY2 + (tail.first + head.second) * CITY0);
    return folded(both * CITY0 + head.second) * CITY2;
}

static uint64_t city(const char *text, size_t length)
{
    if (length <= 16)
        return city_short(text, length);
    if (length <= 64)
        return city_medium(text, length);
    const char *end = text + length;
    uint64_t x = word8(text), y = word8(end - 16) ^ CITY1, z = word8(end - 56) ^ CITY0;
    Pair v = weak(end - 64, length, y), w = weak(end - 32, length * CITY1, CITY0);
    z += folded(v.second) * CITY1;
    x = rotated(z + x, 39) * CITY1;
    y = rotated(y, 33) * CITY1;
    for (const char *last = text + (length - 1) / 64 * 64; text < last; text += 64) {
        uint64_t turned = rotated(x + y + v.first + word8(text + 16), 37) * CITY1 ^ w.second;
        y = rotated(y + v.second + word8(text + 48), 42) * CITY1 ^ v.first;
        x = rotated(z ^ w.first, 33);
        v = weak(text, v.second * CITY1, turned + w.first);
        w = weak(text + 32, x + w.second, y);
        z = turned;
    }
    return mixed(mixed(v.first, w.first) + folded(y) * CITY1 + z, mixed(v.second, w.second) + x);
}
