using System.Numerics;
using System.Runtime.InteropServices;

namespace Faultline.Engine.Search;

/// <summary>
/// For what does not fit into memory: of a visited state only three bits are kept (Holzmann's bitstate hashing). A state whose bits are
/// all set already is taken for visited, although it may be new: such a search proves nothing, and says so.
/// </summary>
/// <param name="Bytes">Memory for the bits.</param>
/// <param name="Workers">Threads that search.</param>
public sealed record Bitstate(long Bytes, int Workers = 1) : ISearchStrategy
{
    /// <inheritdoc/>
    public string Name => "bitstate";

    /// <inheritdoc/>
    public SearchResult Run(Model model, ISearchObserver? observer, SearchLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        using var bits = new BitTable(Bytes);
        using var task = new SearchTask(model, observer, limits with { MaxMemory = long.MaxValue }, findLivelocks: false, Workers, bits);
        SearchResult result = task.Run();
        double filled = bits.Filled;
        return result with
        {
            Complete = false,
            StoppedBy = result.StoppedBy ?? "the end of what it could tell apart",
            VisitedBytes = Bytes,
            Livelocked = null,
            Coverage = new BitstateCoverage(Name, Bytes, filled * filled * filled, result.Complete),
        };
    }
}

/// <summary>Three bits for each state, in a table of fixed size. Several threads may add at once.</summary>
internal sealed unsafe class BitTable : IDisposable
{
    private readonly ulong* words;
    private readonly ulong wordCount;
    private long count;

    public BitTable(long bytes)
    {
        wordCount = (ulong)Math.Max(1, bytes / sizeof(ulong));
        words = (ulong*)NativeMemory.AllocZeroed((nuint)wordCount, sizeof(ulong));
    }

    /// <summary>States that were told apart from all before.</summary>
    public long Count => Interlocked.Read(ref count);

    /// <summary>The part of the bits that are set.</summary>
    public double Filled
    {
        get
        {
            long set = 0;
            for (ulong i = 0; i < wordCount; i++)
            {
                set += BitOperations.PopCount(words[i]);
            }

            return set / (64.0 * wordCount);
        }
    }

    /// <summary>Adds a fingerprint; false when all its bits were set.</summary>
    public bool Add(ulong fingerprint)
    {
        bool isNew = Set(fingerprint) | Set(fingerprint * 0x9E3779B97F4A7C15UL) | Set(BitOperations.RotateLeft(fingerprint, 32) * 0xD6E8FEB86659FD93UL);
        if (isNew)
        {
            Interlocked.Increment(ref count);
        }

        return isNew;
    }

    /// <summary>Adds the fingerprints of a batch, and says which of them are new.</summary>
    public void Add(LookupBatch* batch, int count)
    {
        batch->IsNew = 0;
        for (int i = 0; i < count; i++)
        {
            batch->IsNew |= (Add(batch->Fingerprints[i]) ? 1UL : 0) << i;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(words);

    private bool Set(ulong hash)
    {
        ulong word = Math.BigMul(hash, wordCount, out ulong low), bit = 1UL << (int)(low >> 58);
        return (words[word] & bit) == 0 && (Interlocked.Or(ref words[word], bit) & bit) == 0;
    }
}
