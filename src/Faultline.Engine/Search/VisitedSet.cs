using System.Runtime.InteropServices;

namespace Faultline.Engine.Search;

/// <summary>The fingerprints of the states seen: open addressing, 8 bytes a place, grown at three quarters full.</summary>
public sealed unsafe class VisitedSet : IDisposable
{
    private readonly bool numbered;
    private ulong* places;
    private uint* numbers;
    private ulong mask;
    private long limit;

    /// <summary>An empty set.</summary>
    /// <param name="numbered">Give each state a number, in the order of arrival (4 bytes a place more).</param>
    /// <param name="bits">Initial number of places, as a power of two.</param>
    public VisitedSet(bool numbered = false, int bits = 12)
    {
        this.numbered = numbered;
        Allocate(bits);
    }

    /// <summary>Number of states.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes taken.</summary>
    public long Bytes => (long)(mask + 1) * (sizeof(ulong) + (numbered ? sizeof(uint) : 0));

    /// <summary>Adds a fingerprint; false when it was there.</summary>
    public bool Add(ulong fingerprint) => Add(fingerprint, out _);

    /// <summary>Adds a fingerprint; false when it was there. Gives its number when the set is numbered.</summary>
    public bool Add(ulong fingerprint, out uint number)
    {
        fingerprint = fingerprint == 0 ? 1 : fingerprint; // 0 marks a free place
        ulong at = fingerprint & mask;
        while (places[at] != 0)
        {
            if (places[at] == fingerprint)
            {
                number = numbered ? numbers[at] : 0;
                return false;
            }

            at = (at + 1) & mask;
        }

        number = (uint)Count;
        places[at] = fingerprint;
        if (numbered)
        {
            numbers[at] = number;
        }

        if (++Count > limit)
        {
            Grow();
        }

        return true;
    }

    /// <summary>Calls back for each fingerprint and its number.</summary>
    public void ForEach(Action<ulong, uint> visit)
    {
        for (ulong at = 0; at <= mask; at++)
        {
            if (places[at] != 0)
            {
                visit(places[at], numbered ? numbers[at] : 0);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(places);
        NativeMemory.Free(numbers);
        places = null;
        numbers = null;
    }

    private void Allocate(int bits)
    {
        nuint size = (nuint)1 << bits;
        mask = size - 1;
        limit = (long)(size / 4 * 3);
        places = (ulong*)NativeMemory.AllocZeroed(size, sizeof(ulong));
        numbers = numbered ? (uint*)NativeMemory.Alloc(size, sizeof(uint)) : null;
    }

    private void Grow()
    {
        ulong* oldPlaces = places;
        uint* oldNumbers = numbers;
        ulong oldMask = mask;
        Allocate(System.Numerics.BitOperations.PopCount(mask) + 1);
        for (ulong from = 0; from <= oldMask; from++)
        {
            if (oldPlaces[from] == 0)
            {
                continue;
            }

            ulong at = oldPlaces[from] & mask;
            while (places[at] != 0)
            {
                at = (at + 1) & mask;
            }

            places[at] = oldPlaces[from];
            if (numbered)
            {
                numbers[at] = oldNumbers[from];
            }
        }

        NativeMemory.Free(oldPlaces);
        NativeMemory.Free(oldNumbers);
    }
}
