using Faultline.Engine;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Pmem;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Fs;

/// <summary>
/// The blocks of the device, below both filesystems. A block that was freed is given out first, to whoever comes: that is where a
/// forgotten mapping or pin does harm. Otherwise each page of a file has a block that is its own, so that numbers mean nothing.
/// </summary>
internal static class BlockAllocator
{
    /// <summary>The state of a block that one extent has.</summary>
    public const int InUse = 1;

    private const int CountMask = 0xff;
    private const int UsedBefore = 0x100;

    /// <summary>How many pages are pinned for I/O (get_user_pages).</summary>
    public static Word<int> Pins(int block) => new(Machine.Current.Places.BlockPins + block);

    /// <summary>Who waits for the page to be idle (the wait queue of its refcount).</summary>
    public static WaitQueue IdleWaiters(int block) => new(Machine.Current.Places.IdleWaiters + block);

    /// <summary>Extents that have the block.</summary>
    public static int CountOf(int block) => Execution.Current.Read(Machine.Current.Places.BlockState + block) & CountMask;

    /// <summary>The word that a choice of a block is about.</summary>
    public static int Word => Machine.Current.Places.BlockState;

    /// <summary>One more extent has the block (reflink).</summary>
    public static void Share(int block) => StateOf(block)++;

    /// <summary>Takes a block for a page of a file. It is not zeroed.</summary>
    public static int Take(Inode inode, int page)
    {
        int block = FindFreed(1);
        if (block < 0)
        {
            block = Machine.Current.Places.FirstBlock[inode.Index] + page;
            if (CountOf(block) != 0)
            {
                block = FindFree(1);
            }
        }

        return Use(block);
    }

    /// <summary>Takes blocks for a huge page, side by side and aligned; -1 when there are none.</summary>
    public static int TakeHuge(Inode inode, int page)
    {
        int pages = Machine.Current.Program.HugePagePages;
        int block = FindFreed(pages);
        if (block < 0)
        {
            block = Machine.Current.Places.FirstBlock[inode.Index] + page;
            block = block % pages == 0 && AreFree(block, pages) ? block : FindFree(pages);
        }

        for (int b = block; block >= 0 && b < block + pages; b++)
        {
            Use(b);
        }

        return block;
    }

    /// <summary>An extent gives the block up; with the last one it is free.</summary>
    public static void Free(int block)
    {
        ref int state = ref StateOf(block);
        state--;
        if ((state & CountMask) == 0)
        {
            state |= UsedBefore;
            Invariants.CheckBlockFreed(block);
            CacheLines.Forget(Pfn.Block(block));
        }
    }

    /// <summary>Zeroes a block that nobody can reach yet, past the CPU caches.</summary>
    public static void Zero(int block)
    {
        PageData.ClearUnreachable(Pfn.Block(block));
        CacheLines.NoteZeroed(Pfn.Block(block));
        if (Machine.Current.Costs is { } costs)
        {
            costs.BlocksAllocated++;
        }
    }

    private static ref int StateOf(int block) => ref Execution.Current.Word(Machine.Current.Places.BlockState + block);

    private static int Use(int block)
    {
        if (block < 0)
        {
            throw new ModelException("out of blocks: the machine's layout is too small");
        }

        StateOf(block)++;
        return block;
    }

    private static int FindFreed(int pages) => Find(pages, usedBefore: true);

    private static int FindFree(int pages) => Find(pages, usedBefore: false);

    private static int Find(int pages, bool usedBefore)
    {
        if (usedBefore && !Machine.Current.Footprint.FreesBlocks)
        {
            return -1;
        }

        for (int block = 0; block + pages <= Machine.Current.Places.Blocks; block += pages)
        {
            if (AreFree(block, pages) && (!usedBefore || (Execution.Current.Read(Machine.Current.Places.BlockState + block) & UsedBefore) != 0))
            {
                return block;
            }
        }

        return -1;
    }

    private static bool AreFree(int block, int pages)
    {
        for (int b = block; b < block + pages; b++)
        {
            if (b >= Machine.Current.Places.Blocks || CountOf(b) != 0)
            {
                return false;
            }
        }

        return true;
    }
}
