using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Faultline.Engine.Search;

/// <summary>
/// A set of 64-bit fingerprints, none of them 0. Buckets of eight, each one cache line, filled from the front; a full bucket overflows into
/// the next. Grows by a half when seven eighths full, so that a state costs between 9 and 14 bytes. Not for use by several threads.
/// </summary>
internal unsafe struct FingerprintTable
{
    private const int PerBucket = 8;
    private const int BucketBytes = PerBucket * sizeof(ulong);
    private ulong* buckets;
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
        nuint bytes = (nuint)bucketCount * BucketBytes;
        var table = new FingerprintTable
        {
            bucketCount = bucketCount,
            limit = (int)Math.Max(1, (long)bucketCount * PerBucket * 7 / 8),
            buckets = (ulong*)NativeMemory.AlignedAlloc(bytes, BucketBytes),
            numbers = numbered ? (uint*)NativeMemory.Alloc(bucketCount * (nuint)PerBucket, sizeof(uint)) : null,
        };
        NativeMemory.Clear(table.buckets, bytes);
        return table;
    }

    /// <summary>Brings the bucket that a fingerprint belongs to nearer, for <see cref="Add"/> soon after.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Prefetch(ulong fingerprint)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(buckets + ((long)Home(fingerprint) * PerBucket));
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
                int place = BitOperations.TrailingZeroCount(free);
                at[place] = fingerprint;
                if (numbers != null)
                {
                    numbers[((long)bucket * PerBucket) + place] = number;
                }

                if (++Count >= limit)
                {
                    Grow();
                }

                return true;
            }

            bucket = bucket + 1 == bucketCount ? 0 : bucket + 1;
        }
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

    /// <summary>Gives up the numbers, for good.</summary>
    public void DropNumbers()
    {
        NativeMemory.Free(numbers);
        numbers = null;
    }

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        NativeMemory.AlignedFree(buckets);
        NativeMemory.Free(numbers);
        buckets = null;
        numbers = null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly uint Home(ulong fingerprint) => (uint)(((fingerprint & uint.MaxValue) * bucketCount) >> 32);

    private void Grow()
    {
        FingerprintTable larger = Create(bucketCount + Math.Max(1, bucketCount / 2), numbers != null);
        for (long at = 0; at < (long)bucketCount * PerBucket; at++)
        {
            if (buckets[at] != 0)
            {
                uint number = numbers == null ? 0 : numbers[at];
                larger.Add(buckets[at], ref number);
            }
        }

        Free();
        this = larger;
    }
}
