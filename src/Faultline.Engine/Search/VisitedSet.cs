using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Faultline.Engine.Search;

/// <summary>
/// The fingerprints of the states seen. One table while it is small; then many, told apart by the fingerprint's upper bits, which
/// grow one at a time: so the room for growing is never more than a small part of the whole, and several workers seldom meet.
/// </summary>
public sealed unsafe class VisitedSet : IDisposable
{
    private const int ShardBits = 10;
    private const int Shards = 1 << ShardBits;
    private const int SplitAt = 1 << 17;
    private const uint FirstBuckets = 8;

    private readonly bool numbered;
    private readonly bool shared;
    private Shard* shards;
    private int shift = 63; // of a single table: the upper bit twice, so that the index is 0
    private uint nextNumber; // of a shared set: where the numbers begin, above those of a checkpoint

    /// <summary>An empty set.</summary>
    /// <param name="numbered">Give each state a number, in the order of arrival where one thread adds (4 bytes a place more).</param>
    /// <param name="shared">Several threads add to it.</param>
    public VisitedSet(bool numbered = false, bool shared = false)
    {
        this.numbered = numbered;
        this.shared = shared;
        shards = AllocateShards(1, FirstBuckets);
        if (shared)
        {
            Split();
        }
    }

    /// <summary>Number of states.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            for (int i = 0; i < ShardCount; i++)
            {
                count += Volatile.Read(ref shards[i].Table.Count);
            }

            return count;
        }
    }

    /// <summary>Bytes taken.</summary>
    public long Bytes
    {
        get
        {
            long bytes = 0;
            for (int i = 0; i < ShardCount; i++)
            {
                bytes += shards[i].Table.Bytes;
            }

            return bytes + (ShardCount * sizeof(Shard));
        }
    }

    /// <summary>All numbers given are below this.</summary>
    public long NumberBound
    {
        get
        {
            long largest = 0;
            for (int i = 0; shared && i < Shards; i++)
            {
                largest = Math.Max(largest, shards[i].Table.Count - shards[i].Restored);
            }

            return nextNumber + (largest << ShardBits);
        }
    }

    private int ShardCount => IsSplit ? Shards : 1;

    private bool IsSplit => shift == 64 - ShardBits;

    /// <summary>Adds a fingerprint; false when it was there.</summary>
    public bool Add(ulong fingerprint) => Add(fingerprint, out _);

    /// <summary>Adds a fingerprint; false when it was there. Gives its number when the set is numbered.</summary>
    public bool Add(ulong fingerprint, out uint number)
    {
        fingerprint = fingerprint == 0 ? 1 : fingerprint; // 0 marks a free place
        number = nextNumber;
        return shared ? AddShared(fingerprint, out number) : AddAlone(fingerprint, ref number);
    }

    /// <summary>Adds a fingerprint with the number that it had before, from a checkpoint. For one thread.</summary>
    public void Restore(ulong fingerprint, uint number)
    {
        uint above = Math.Max(nextNumber, number + 1);
        AddAlone(fingerprint, ref number);
        nextNumber = above;
        ShardOf(fingerprint)->Restored++;
    }

    /// <summary>Says that this fingerprint will be added soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong fingerprint) => ShardOf(fingerprint)->Table.Prefetch(fingerprint);

    /// <summary>Calls back for each fingerprint and its number. Not while threads add to it.</summary>
    public void ForEach(Action<ulong, uint> visit)
    {
        for (int i = 0; i < ShardCount; i++)
        {
            shards[i].Table.ForEach(visit);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (shards != null)
        {
            FreeShards(shards, ShardCount);
            shards = null;
        }
    }

    private bool AddAlone(ulong fingerprint, ref uint number)
    {
        if (!ShardOf(fingerprint)->Table.Add(fingerprint, ref number))
        {
            return false;
        }

        nextNumber++;
        if (!IsSplit && shards->Table.Count >= SplitAt) // a shared set is split from the start
        {
            Split();
        }

        return true;
    }

    private bool AddShared(ulong fingerprint, out uint number)
    {
        Shard* shard = ShardOf(fingerprint);
        while (Interlocked.CompareExchange(ref shard->Taken, 1, 0) != 0)
        {
            Thread.SpinWait(8);
        }

        try
        {
            number = nextNumber + (((uint)(shard->Table.Count - shard->Restored) << ShardBits) | (uint)(shard - shards));
            return shard->Table.Add(fingerprint, ref number);
        }
        finally
        {
            Volatile.Write(ref shard->Taken, 0);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Shard* ShardOf(ulong fingerprint) => shards + (shift == 63 ? 0 : fingerprint >> shift);

    private void Split()
    {
        Shard* old = shards;
        uint buckets = (uint)(old->Table.Count / Shards / 6) + 2;
        Shard* many = AllocateShards(Shards, buckets);
        const int newShift = 64 - ShardBits;
        old->Table.ForEach((fingerprint, number) => many[fingerprint >> newShift].Table.Add(fingerprint, ref number));
        shards = many;
        shift = newShift;
        FreeShards(old, 1);
    }

    private Shard* AllocateShards(int count, uint buckets)
    {
        var made = (Shard*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(Shard)), 64);
        NativeMemory.Clear(made, (nuint)(count * sizeof(Shard)));
        for (int i = 0; i < count; i++)
        {
            made[i].Table = FingerprintTable.Create(buckets, numbered);
        }

        return made;
    }

    private static void FreeShards(Shard* which, int count)
    {
        for (int i = 0; i < count; i++)
        {
            which[i].Table.Free();
        }

        NativeMemory.AlignedFree(which);
    }

    /// <summary>One table, and its lock where threads share it: a cache line.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Shard
    {
        public FingerprintTable Table;
        public int Taken;
        public int Restored;
    }
}
