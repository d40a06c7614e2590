using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Faultline.Engine.Search;

/// <summary>
/// The fingerprints of the states seen. One table; or where several workers search a part for each of them, told apart by the fingerprint's
/// upper bits (<see cref="PartOf"/>). Who adds to a part holds it meanwhile, where there are several.
/// </summary>
public sealed unsafe class VisitedSet : IDisposable
{
    private const uint FirstBuckets = 2;
    private const int NumbersInBlock = 1 << 12;

    private readonly int partCount;
    private Part* parts;
    private readonly bool numbered;
    private int nextBlock; // of numbers

    /// <summary>An empty set.</summary>
    /// <param name="numbered">Give each state a number, in the order of arrival where there is one part (4 bytes a place more).</param>
    /// <param name="parts">How many parts.</param>
    public VisitedSet(bool numbered = false, int parts = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1);
        partCount = parts;
        this.numbered = numbered;
        this.parts = (Part*)NativeMemory.AlignedAlloc((nuint)(partCount * sizeof(Part)), 128);
        NativeMemory.Clear(this.parts, (nuint)(partCount * sizeof(Part)));
        for (int i = 0; i < partCount; i++)
        {
            this.parts[i].Table = FingerprintTable.Create(FirstBuckets, numbered);
        }
    }

    /// <summary>Number of states.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            for (int i = 0; i < partCount; i++)
            {
                count += Volatile.Read(ref parts[i].Table.Count);
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
            for (int i = 0; i < partCount; i++)
            {
                bytes += parts[i].Table.Bytes;
            }

            return bytes + (partCount * sizeof(Part));
        }
    }

    /// <summary>All numbers given are below this.</summary>
    public long NumberBound => (long)Volatile.Read(ref nextBlock) * NumbersInBlock;

    /// <summary>The part that a fingerprint belongs to, from 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PartOf(ulong fingerprint) => (int)(((fingerprint >> 32) * (uint)partCount) >> 32);

    /// <summary>Takes a part, to add to it; false when somebody else holds it.</summary>
    public bool TryHold(int part) => Volatile.Read(ref parts[part].Held) == 0 && Interlocked.CompareExchange(ref parts[part].Held, 1, 0) == 0;

    /// <summary>Gives a part back.</summary>
    public void Release(int part) => Volatile.Write(ref parts[part].Held, 0);

    /// <summary>Adds a fingerprint; false when it was there.</summary>
    public bool Add(ulong fingerprint) => Add(fingerprint, out _);

    /// <summary>Adds a fingerprint; false when it was there. Gives its number when the set is numbered.</summary>
    public bool Add(ulong fingerprint, out uint number)
    {
        int part = PartOf(fingerprint);
        number = NextNumber(part, 1);
        bool isNew = parts[part].Table.Add(fingerprint == 0 ? 1 : fingerprint, ref number); // 0 marks a free place
        parts[part].NextNumber += isNew ? 1u : 0;
        return isNew;
    }

    /// <summary>Adds fingerprints, at most 64, to the part that they belong to. Sets a bit for each that is new.</summary>
    /// <param name="fingerprints">The fingerprints.</param>
    /// <param name="count">How many.</param>
    /// <param name="part">The part.</param>
    /// <param name="numbers">Gets their numbers, when the set is numbered.</param>
    /// <param name="later">Others, to be added to the part soon.</param>
    /// <param name="laterCount">How many.</param>
    internal ulong Add(ulong* fingerprints, int count, int part, uint* numbers, ulong* later = null, int laterCount = 0)
    {
        ref FingerprintTable table = ref parts[part].Table;
        if (table.IsTooFullFor(count))
        {
            Grow(part, count);
        }

        ulong isNew = table.Add(fingerprints, count, numbers, NextNumber(part, count), later, laterCount);
        parts[part].NextNumber += (uint)BitOperations.PopCount(isNew);
        return isNew;
    }

    /// <summary>Lets a part grow that would have to before long.</summary>
    public void GrowEarly(int part)
    {
        if (parts[part].Table.IsNearlyFull)
        {
            Grow(part, 0);
        }
    }

    /// <summary>Does another part grow just now?</summary>
    public bool IsAnotherGrowing(int part)
    {
        bool any = false;
        for (int i = 0; i < partCount; i++)
        {
            any |= i != part && Volatile.Read(ref parts[i].Growing) != 0;
        }

        return any;
    }

    /// <summary>Adds a fingerprint with the number that it had before, from a checkpoint. For one thread.</summary>
    public void Restore(ulong fingerprint, uint number)
    {
        Part* part = parts + PartOf(fingerprint);
        nextBlock = Math.Max(nextBlock, (int)(number / NumbersInBlock) + 1);
        part->Table.Add(fingerprint, ref number);
    }

    /// <summary>
    /// Says that a fingerprint will be added soon if it belongs to this part; brings something else nearer, which is near already, if not. Without
    /// a branch: nobody could guess it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Prefetch(ulong fingerprint, int part, bool isOf, void* other) => parts[part].Table.Prefetch(fingerprint, isOf, other);

    /// <summary>Calls back for each fingerprint and its number. Not while threads add to it.</summary>
    public void ForEach(Action<ulong, uint> visit)
    {
        for (int i = 0; i < partCount; i++)
        {
            parts[i].Table.ForEach(visit);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (parts != null)
        {
            for (int i = 0; i < partCount; i++)
            {
                parts[i].Table.Free();
            }

            NativeMemory.AlignedFree(parts);
            parts = null;
        }
    }

    private void Grow(int part, int more)
    {
        Volatile.Write(ref parts[part].Growing, 1);
        parts[part].Table.Grow(more);
        Volatile.Write(ref parts[part].Growing, 0);
    }

    // The next number that a part gives, when it will give so many at most. It has them in blocks: where something is kept of each state by its
    // number, different workers mostly write to different cache lines.
    private uint NextNumber(int part, int count)
    {
        ref Part its = ref parts[part];
        if (numbered && its.NextNumber + (uint)count > its.EndOfNumbers)
        {
            uint block = (uint)(Interlocked.Increment(ref nextBlock) - 1) * NumbersInBlock;
            its.NextNumber = block == its.EndOfNumbers ? its.NextNumber : block;
            its.EndOfNumbers = block + NumbersInBlock;
        }

        return its.NextNumber;
    }

    /// <summary>
    /// One table; whether somebody holds it; and whether it grows, which others look at while they wait. In cache lines of their own, and that not in
    /// a pair with the others, since processors fetch them in pairs.
    /// </summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Part
    {
        [FieldOffset(0)]
        public FingerprintTable Table;

        [FieldOffset(64)]
        public int Held;

        [FieldOffset(68)]
        public uint NextNumber;

        [FieldOffset(72)]
        public uint EndOfNumbers;

        [FieldOffset(128)]
        public int Growing;
    }
}
