using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Pmem;

/// <summary>
/// CPU caches over persistent memory, a line to a word. A store leaves its line dirty; a write-back (clwb) makes the value of that
/// moment persistent once the CPU that asked for it has fenced; until then power may keep or lose it. Non-temporal stores are
/// written back at once, and wait for the fence.
/// </summary>
internal static class CacheLines
{
    internal const int Dirty = 1;
    internal const int FlushingShift = 8;
    internal const int PromisedShift = 16;

    private static bool Kept => Machine.Current.Footprint.Persists;

    /// <summary>A store through a mapping.</summary>
    public static void NoteStore(Pfn pfn, int word)
    {
        if (Kept && pfn.IsBlock)
        {
            State(Line(pfn, word)) |= Dirty;
        }
    }

    /// <summary>A store past the cache (memcpy_flushcache): on its way, persistent with the next fence of this CPU.</summary>
    public static void NoteNonTemporalStore(Pfn pfn, int word)
    {
        if (Kept)
        {
            int line = Line(pfn, word);
            State(line) = (StateOf(line) & ~Dirty) | (1 << (FlushingShift + Execution.Current.Me));
            Flushing(line) = PageData.Word(pfn, word).Raw;
        }
    }

    /// <summary>A new block: zeroed, persistently, before anyone can find it.</summary>
    public static void NoteZeroed(Pfn pfn)
    {
        for (int word = 0; Kept && word < PageData.WordsPerPage; word++)
        {
            State(Line(pfn, word)) = 0;
            Durable(Line(pfn, word)) = 0;
        }
    }

    /// <summary>A block that is free: what is in the cache for it matters to nobody.</summary>
    public static void Forget(Pfn pfn)
    {
        for (int word = 0; Kept && word < PageData.WordsPerPage; word++)
        {
            State(Line(pfn, word)) = 0;
        }
    }

    /// <summary>clwb of one word of a page, within a step already made visible.</summary>
    public static void WriteBack(Pfn pfn, int word)
    {
        if (Kept && pfn.IsBlock)
        {
            int line = Line(pfn, word);
            if ((StateOf(line) & Dirty) != 0)
            {
                State(line) = (StateOf(line) & ~Dirty) | (1 << (FlushingShift + Execution.Current.Me));
                Flushing(line) = PageData.Word(pfn, word).Raw;
            }
        }
    }

    /// <summary>sfence, or a locked instruction: what this CPU has written back is persistent.</summary>
    public static void Fence()
    {
        MachineLayout places = Machine.Current.Places;
        int mine = 1 << (FlushingShift + Execution.Current.Me), lines = places.Blocks * PageData.WordsPerPage;
        for (int line = 0; Kept && line < lines; line++)
        {
            if ((StateOf(line) & mine) != 0)
            {
                State(line) &= ~mine;
                Durable(line) = Execution.Current.Read(Machine.Current.Places.LineFlushing + line);
            }
        }
    }

    /// <summary>
    /// drivers/dax/super.c dax_flush() (arch_wb_cache_pmem() in v4.12) of a page. The locked instruction that takes the mapping's lock
    /// next is the fence.
    /// </summary>
    [KernelName("dax_flush")]
    public static async Call DaxFlush(Pfn pfn)
    {
        for (int word = 0; Kept && word < PageData.WordsPerPage; word++)
        {
            await new AccessStep(PageData.Word(pfn, word).Index);
            int line = Line(pfn, word);
            Durable(line) = PageData.Word(pfn, word).Raw;
            State(line) = 0;
        }
    }

    /// <summary>fsync begins: every store to these pages of the file that is complete now must be persistent when it returns.</summary>
    public static void BeginPromise(Inode inode, int page, int pages)
    {
        int promised = 1 << (PromisedShift + Execution.Current.Me), end = Math.Min(page + pages, inode.Capacity);
        for (int word = page * PageData.WordsPerPage; word < end * PageData.WordsPerPage; word++)
        {
            int line = LineOf(inode, word);
            if (line >= 0 && (StateOf(line) & Dirty) != 0)
            {
                State(line) |= promised;
            }
        }
    }

    /// <summary>Is something that this thread's fsync promised not persistent?</summary>
    public static int FindBroken(Inode inode)
    {
        int found = -1, promised = 1 << (PromisedShift + Execution.Current.Me);
        for (int word = 0; word < inode.Capacity * PageData.WordsPerPage; word++)
        {
            int line = LineOf(inode, word);
            if (line >= 0 && (StateOf(line) & promised) != 0)
            {
                found = line;
                State(line) &= ~promised;
            }
        }

        return found;
    }

    /// <summary>Is the line's value not persistent for sure?</summary>
    public static bool IsUnflushed(int line) => (StateOf(line) & ((1 << PromisedShift) - 1)) != 0;

    /// <summary>The persistent value of a line.</summary>
    public static ref int Durable(int line) => ref Execution.Current.Word(Machine.Current.Places.LineDurable + line);

    /// <summary>The number of a word's line.</summary>
    public static int Line(Pfn pfn, int word) => (pfn.Index * PageData.WordsPerPage) + word;

    // The line of a word of the file, counted through its pages; -1: it has none.
    private static int LineOf(Inode inode, int word)
    {
        Extent extent = inode.Extent(word / PageData.WordsPerPage).Raw;
        return extent.Type == IomapType.Mapped ? Line(Pfn.Block(extent.Block), word % PageData.WordsPerPage) : -1;
    }

    private static int StateOf(int line) => Execution.Current.Read(Machine.Current.Places.LineState + line);

    private static ref int State(int line) => ref Execution.Current.Word(Machine.Current.Places.LineState + line);

    private static ref int Flushing(int line) => ref Execution.Current.Word(Machine.Current.Places.LineFlushing + line);
}
