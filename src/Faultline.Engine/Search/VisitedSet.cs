using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Faultline.Engine.Search;

/// <summary>
/// The fingerprints of the states seen. One table; or where several threads add to it many, told apart by the fingerprint's upper bits, so that
/// they seldom meet.
/// </summary>
public sealed unsafe class VisitedSet : IDisposable
{
    private const int ShardBits = 8;
    private const int Shards = 1 << ShardBits;
    private const uint FirstBuckets = 2;

    private readonly bool numbered;
    private readonly bool shared;
    private readonly int shardCount;
    private Shard* shards;
    private uint nextNumber; // of a shared set: where the numbers begin, above those of a checkpoint

    /// <summary>An empty set.</summary>
    /// <param name="numbered">Give each state a number, in the order of arrival where one thread adds (4 bytes a place more).</param>
    /// <param name="shared">Several threads add to it.</param>
    public VisitedSet(bool numbered = false, bool shared = false)
    {
        this.numbered = numbered;
        this.shared = shared;
        shardCount = shared ? Shards : 1;
        shards = (Shard*)NativeMemory.AlignedAlloc((nuint)(shardCount * sizeof(Shard)), 64);
        NativeMemory.Clear(shards, (nuint)(shardCount * sizeof(Shard)));
        for (int i = 0; i < shardCount; i++)
        {
            shards[i].Table = FingerprintTable.Create(FirstBuckets, numbered);
        }
    }

    /// <summary>Number of states.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            for (int i = 0; i < shardCount; i++)
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
            for (int i = 0; i < shardCount; i++)
            {
                bytes += shards[i].Table.Bytes;
            }

            return bytes + (shardCount * sizeof(Shard));
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

    /// <summary>Says that this fingerprint will be added, and before that <see cref="Prefetch"/> called.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Announce(ulong fingerprint)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(ShardOf(fingerprint));
        }
    }

    /// <summary>Says that this fingerprint will be added soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong fingerprint) => ShardOf(fingerprint)->Table.Prefetch(fingerprint);

    /// <summary>Calls back for each fingerprint and its number. Not while threads add to it.</summary>
    public void ForEach(Action<ulong, uint> visit)
    {
        for (int i = 0; i < shardCount; i++)
        {
            shards[i].Table.ForEach(visit);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (shards != null)
        {
            for (int i = 0; i < shardCount; i++)
            {
                shards[i].Table.Free();
            }

            NativeMemory.AlignedFree(shards);
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
    private Shard* ShardOf(ulong fingerprint) => shared ? shards + (fingerprint >> (64 - ShardBits)) : shards;

    /// <summary>One table, and its lock where threads share it: a cache line.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Shard
    {
        public FingerprintTable Table;
        public int Taken;
        public int Restored;
    }
}
