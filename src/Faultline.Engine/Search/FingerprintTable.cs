using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Faultline.Engine.Search;

/// <summary>
/// A set of 64-bit fingerprints, none of them 0. Buckets of eight, each one cache line, filled from the front; a full bucket overflows into
/// the next. Grows in place when thirteen sixteenths full, by three fifths and later by a quarter, so that a state costs between 10 and 16 bytes.
/// Not for use by several threads.
/// </summary>
internal unsafe struct FingerprintTable
{
    private const int PerBucket = 8;
    private const int BucketBytes = PerBucket * sizeof(ulong);
    private const uint LargeFrom = 1 << 22; // buckets
    private byte* memory;
    private ulong* buckets; // in it, at a cache line's beginning
    private uint* numbers;
    private uint bucketCount;
    private int limit;

    /// <summary>Fingerprints in the table.</summary>
    public int Count;

    /// <summary>Bytes taken.</summary>
    public readonly long Bytes => (long)bucketCount * PerBucket * (sizeof(ulong) + (numbers == null ? 0 : sizeof(uint)));

    /// <summary>An empty table.</summary>
    /// <param name="bucketCount">Buckets to begin with, at least 1.</param>
    /// <param name="numbered">Keep a number with each fingerprint.</param>
    public static FingerprintTable Create(uint bucketCount, bool numbered)
    {
        FingerprintTable table = default;
        table.Resize(bucketCount, numbered);
        return table;
    }

    /// <summary>Brings nearer where a fingerprint belongs that will be added soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Prefetch(ulong fingerprint)
    {
        long bucket = (long)Home(fingerprint) * PerBucket;
        Prefetch(buckets + bucket);
        if (numbers != null)
        {
            Prefetch(numbers + bucket);
        }
    }

    /// <summary>The same; but if it belongs to another table, brings something else nearer, which is near already. No branch depends on that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Prefetch(ulong fingerprint, bool belongsHere, void* other)
    {
        long bucket = (long)Home(fingerprint) * PerBucket;
        Prefetch(belongsHere ? buckets + bucket : other);
        if (numbers != null)
        {
            Prefetch(belongsHere ? numbers + bucket : other);
        }
    }

    /// <summary>Brings a cache line nearer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* place)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(place);
        }
    }

    /// <summary>Adds a fingerprint; false when it was there.</summary>
    /// <param name="fingerprint">Not 0.</param>
    /// <param name="number">Its number if it is new; becomes the number it was added with if not.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Add(ulong fingerprint, ref uint number)
    {
        uint bucket = Home(fingerprint);
        for (;;)
        {
            ulong* at = buckets + ((long)bucket * PerBucket);
            Vector512<ulong> all = Vector512.LoadAligned(at);
            ulong equal = Vector512.Equals(all, Vector512.Create(fingerprint)).ExtractMostSignificantBits();
            if (equal != 0)
            {
                number = numbers == null ? 0 : numbers[((long)bucket * PerBucket) + BitOperations.TrailingZeroCount(equal)];
                return false;
            }

            ulong free = Vector512.Equals(all, Vector512<ulong>.Zero).ExtractMostSignificantBits();
            if (free != 0)
            {
                Put(((long)bucket * PerBucket) + BitOperations.TrailingZeroCount(free), fingerprint, number);
                if (++Count >= limit)
                {
                    Grow(0);
                }

                return true;
            }

            bucket = bucket + 1 == bucketCount ? 0 : bucket + 1;
        }
    }

    /// <summary>Must it grow before so many more fingerprints are added?</summary>
    public readonly bool IsTooFullFor(int more) => (long)Count + more >= limit;

    /// <summary>Is it so full that it could well grow?</summary>
    public readonly bool IsNearlyFull => LargerCount >= bucketCount + (bucketCount / 8);

    /// <summary>Grows, and until there is room for so many more fingerprints.</summary>
    public void Grow(int more)
    {
        do
        {
            Grow();
        }
        while (IsTooFullFor(more));
    }

    /// <summary>
    /// Adds fingerprints for which there is room; a bit is set for each that is new. Without a branch that depends on that: nobody could guess it.
    /// </summary>
    /// <param name="fingerprints">To add, at most 64.</param>
    /// <param name="count">How many.</param>
    /// <param name="given">Gets their numbers, where numbers are kept.</param>
    /// <param name="next">The number of the first that is new; those of the others follow.</param>
    /// <param name="later">Others, that will be added soon: brings their places nearer meanwhile.</param>
    /// <param name="laterCount">How many.</param>
    public ulong Add(ulong* fingerprints, int count, uint* given, uint next, ulong* later, int laterCount)
    {
        ulong isNew = 0;
        for (int i = 0; i < count; i++)
        {
            if (i < laterCount)
            {
                Prefetch(later[i]);
            }

            ulong fingerprint = fingerprints[i] == 0 ? 1 : fingerprints[i];
            long bucket = (long)Home(fingerprint) * PerBucket;
            Vector512<ulong> all = Vector512.LoadAligned(buckets + bucket);
            ulong equal = Vector512.Equals(all, Vector512.Create(fingerprint)).ExtractMostSignificantBits();
            ulong free = Vector512.Equals(all, Vector512<ulong>.Zero).ExtractMostSignificantBits();
            uint number = next;
            int fresh = equal == 0 ? 1 : 0;
            if ((equal | free) == 0)
            {
                fresh = Add(fingerprint, ref number) ? 1 : 0;
            }
            else
            {
                long at = bucket + BitOperations.TrailingZeroCount(equal | free); // free places come last
                buckets[at] = fingerprint;
                Count += fresh;
                if (numbers != null)
                {
                    number = fresh != 0 ? next : numbers[at];
                    numbers[at] = number;
                }
            }

            isNew |= (ulong)fresh << i;
            next += (uint)fresh;
            given[i] = number;
        }

        return isNew;
    }

    /// <summary>Looks a fingerprint up.</summary>
    /// <param name="fingerprint">Not 0.</param>
    /// <param name="number">Its number.</param>
    public readonly bool Find(ulong fingerprint, out uint number)
    {
        uint bucket = Home(fingerprint);
        for (;;)
        {
            ulong* at = buckets + ((long)bucket * PerBucket);
            Vector512<ulong> all = Vector512.LoadAligned(at);
            ulong equal = Vector512.Equals(all, Vector512.Create(fingerprint)).ExtractMostSignificantBits();
            if (equal != 0)
            {
                number = numbers == null ? 0 : numbers[((long)bucket * PerBucket) + BitOperations.TrailingZeroCount(equal)];
                return true;
            }

            if (Vector512.EqualsAny(all, Vector512<ulong>.Zero))
            {
                number = 0;
                return false;
            }

            bucket = bucket + 1 == bucketCount ? 0 : bucket + 1;
        }
    }

    /// <summary>Calls back for each fingerprint and its number.</summary>
    public readonly void ForEach(Action<ulong, uint> visit)
    {
        for (long at = 0; at < (long)bucketCount * PerBucket; at++)
        {
            if (buckets[at] != 0)
            {
                visit(buckets[at], numbers == null ? 0 : numbers[at]);
            }
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        NativeMemory.Free(memory);
        NativeMemory.Free(numbers);
        memory = null;
        buckets = null;
        numbers = null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly uint Home(ulong fingerprint) => (uint)(((fingerprint & uint.MaxValue) * bucketCount) >> 32);

    // Buckets after it has grown: if it is not full yet, so many fewer that it is as full then as it would be else.
    private readonly uint LargerCount => checked((uint)(bucketCount * (bucketCount < LargeFrom ? 1.6 : 1.25) * Math.Min(1, (double)Count / limit)));

    // Memory that does not move where the allocator can help it; the buckets there were stay the first ones.
    private void Resize(uint count, bool numbered)
    {
        long padding = (byte*)buckets - memory;
        memory = (byte*)NativeMemory.Realloc(memory, ((nuint)count * BucketBytes) + BucketBytes);
        var aligned = (ulong*)(((nint)memory + BucketBytes - 1) & ~(nint)(BucketBytes - 1));
        if (bucketCount != 0 && (byte*)aligned - memory != padding)
        {
            Buffer.MemoryCopy(memory + padding, aligned, (long)bucketCount * BucketBytes, (long)bucketCount * BucketBytes);
        }

        buckets = aligned;
        NativeMemory.Clear(buckets + ((long)bucketCount * PerBucket), (nuint)(count - bucketCount) * BucketBytes);
        if (numbered)
        {
            numbers = (uint*)NativeMemory.Realloc(numbers, (nuint)count * PerBucket * sizeof(uint));
        }

        bucketCount = count;
        limit = (int)Math.Min(int.MaxValue, Math.Max(1, (long)count * PerBucket * 13 / 16));
    }

    // Homes keep their order, and move up. So from the last bucket to the first, each fingerprint goes to a bucket that was emptied before;
    // the few that cannot, since they lay far behind their homes, wait until all are.
    private void Grow()
    {
        if (limit == int.MaxValue)
        {
            throw new InsufficientMemoryException($"more than {Count:N0} fingerprints in one table");
        }

        uint old = bucketCount;
        Resize(Math.Max(checked(old + 1), LargerCount), numbers != null);
        FingerprintTable later = default;
        byte* filled = (byte*)NativeMemory.AllocZeroed(bucketCount); // places of each bucket
        for (long bucket = old - 1; bucket >= 0; bucket--)
        {
            Redistribute((uint)bucket, filled, ref later);
        }

        NativeMemory.Free(filled);
        for (long at = 0; at < (long)later.bucketCount * PerBucket && later.buckets[at] != 0; at++)
        {
            Insert(later.buckets[at], numbers == null ? 0 : later.numbers[at]);
        }

        later.Free();
    }

    private void Redistribute(uint bucket, byte* filled, ref FingerprintTable later)
    {
        ulong* own = buckets + ((long)bucket * PerBucket);
        ulong* taken = stackalloc ulong[PerBucket];
        uint* takenNumbers = stackalloc uint[PerBucket];
        Vector512.LoadAligned(own).Store(taken);
        Vector512<ulong>.Zero.StoreAligned(own);
        if (numbers != null)
        {
            new Span<uint>(numbers + ((long)bucket * PerBucket), PerBucket).CopyTo(new Span<uint>(takenNumbers, PerBucket));
        }

        for (int i = 0; i < PerBucket && taken[i] != 0; i++)
        {
            uint to = Home(taken[i]);
            bool fits = to >= bucket;
            while (fits && filled[to] == PerBucket)
            {
                fits = ++to < bucketCount;
            }

            if (fits)
            {
                Put(((long)to * PerBucket) + filled[to]++, taken[i], takenNumbers[i]);
            }
            else
            {
                later.Append(taken[i], takenNumbers[i], numbers != null);
            }
        }
    }

    // Puts a fingerprint that is not there into the first free place.
    private readonly void Insert(ulong fingerprint, uint number)
    {
        for (uint bucket = Home(fingerprint); ; bucket = bucket + 1 == bucketCount ? 0 : bucket + 1)
        {
            long at = (long)bucket * PerBucket;
            for (int i = 0; i < PerBucket; i++)
            {
                if (buckets[at + i] == 0)
                {
                    Put(at + i, fingerprint, number);
                    return;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Put(long at, ulong fingerprint, uint number)
    {
        buckets[at] = fingerprint;
        if (numbers != null)
        {
            numbers[at] = number;
        }
    }

    // As a list: one after the other.
    private void Append(ulong fingerprint, uint number, bool numbered)
    {
        if (Count == (long)bucketCount * PerBucket)
        {
            Resize(Math.Max(8, bucketCount * 2), numbered);
        }

        Put(Count++, fingerprint, number);
    }
}
