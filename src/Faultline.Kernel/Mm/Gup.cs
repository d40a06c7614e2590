using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Pmem;
using Faultline.Kernel.Programs;
using Faultline.Kernel.User;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Mm;

/// <summary>mm/gup.c: pinning the page behind an address, for a device to write to.</summary>
internal static class Gup
{
    /// <summary>
    /// block/bio.c bio_iov_iter_get_pages(), for an O_DIRECT read(2) from another device into a mapping: pin the page, let the device write to it word by word, unpin it. The device
    /// knows nothing of page tables.
    /// </summary>
    [KernelName("direct_read")]
    public static async Call<VmFault> DirectRead(int pc)
    {
        Instruction i = UserThread.InstructionAt(pc);
        PinResult pinned = await GetUserPagesFast(new Vma(i.Object), i.Page, write: true);
        if (pinned.Fault != VmFault.None)
        {
            return pinned.Fault;
        }

        i = UserThread.InstructionAt(pc);
        int first = Math.Max(i.Word, 0), end = i.Word < 0 ? PageData.WordsPerPage : i.Word + 1;
        for (int word = first; word < end; word++)
        {
            await new AccessStep(PageData.Word(pinned.Pfn, word).Index);
            i = UserThread.InstructionAt(pc);
            Invariants.CheckDma(new Vma(i.Object), i.Page, pinned.Pfn);
            PageData.Word(pinned.Pfn, word).WriteAlso(i.Value);
            CacheLines.NoteStore(pinned.Pfn, word); // DMA goes to the cache
        }

        await PutPage(pinned.Pfn);
        return VmFault.None;
    }

    /// <summary>
    /// mm/gup.c get_user_pages_fast(), one page: reads the PTE and takes the reference with interrupts off, which holds back the TLB
    /// flush of whoever clears the PTE: one step. If the PTE is not there, or not writable, the slow way faults it in.
    /// </summary>
    public static async Call<PinResult> GetUserPagesFast(Vma vma, int page, bool write)
    {
        for (;;)
        {
            await new AccessStep(vma.Pte(page).Index);
            Pte pte = PageTable.WalkRaw(vma, page);
            if (pte.IsPresent && IsPinnable(pte, write))
            {
                if (write)
                {
                    Invariants.CheckPin(vma, page, pte);
                }

                Pin(pte.Pfn);
                return new PinResult(VmFault.None, pte.Pfn);
            }

            VmFault fault = await FaultinPage(vma, page, write);
            if ((fault & VmFault.Error) != 0)
            {
                return new PinResult(fault, default);
            }
        }
    }

    /// <summary>mm/gup.c faultin_page(), under mmap_lock.</summary>
    private static async Call<VmFault> FaultinPage(Vma vma, int page, bool write)
    {
        await vma.MmapLock.DownRead();
        VmFault fault = vma.IsMapped && (!write || vma.IsWritable)
            ? await Memory.HandleMmFault(new VmFaultInfo(vma, page, write ? FaultFlags.Write : FaultFlags.None, Pte.None, default))
            : VmFault.Sigsegv;
        vma.MmapLock.UpRead();
        return fault;
    }

    // ef947b2529f9 (v4.11): before, a DAX PTE was accepted before anyone asked whether it may be written.
    private static bool IsPinnable(Pte pte, bool write) =>
        !write || pte.IsWritable || (pte.Pfn.IsBlock && Machine.Current.Version.GupFastWrite == GupFastWrite.TooLate);

    private static void Pin(Pfn pfn)
    {
        if (pfn.IsAnon)
        {
            PageAllocator.GetPage(pfn);
        }
        else if (pfn.IsBlock && Machine.Current.Footprint.DirectReads)
        {
            Word<int> pins = BlockAllocator.Pins(pfn.Index);
            pins.WriteAlso(pins.Raw + 1);
        }
    }

    /// <summary>mm/swap.c put_page() of a pinned page; the last pin of a DAX page wakes who waits for it to be idle.</summary>
    public static async Call PutPage(Pfn pfn)
    {
        if (pfn.IsAnon)
        {
            PageAllocator.FreePage(pfn);
            return;
        }

        if (!pfn.IsBlock || !Machine.Current.Footprint.DirectReads)
        {
            return;
        }

        await new AccessStep(BlockAllocator.Pins(pfn.Index).Index);
        Word<int> pins = BlockAllocator.Pins(pfn.Index);
        pins.WriteAlso(pins.Raw - 1);
        if (IsIdle(pfn.Index))
        {
            BlockAllocator.IdleWaiters(pfn.Index).WakeAllNow();
        }
    }

    /// <summary>
    /// Is a page idle for those who wait to free its block? Since v6.15 the refcount that they wait for counts mappings, too.
    /// </summary>
    public static bool IsIdle(int block) =>
        BlockAllocator.Pins(block).Raw == 0
        && (Machine.Current.Version.IdleRefcount == IdleRefcount.Unpinned || Memory.CountMappings(Pfn.Block(block)) == 0);

    /// <summary>include/linux/mm.h put_page() after a zap: where mappings count as references (v6.15), the last one gone wakes who waits for the page to be idle.</summary>
    public static async Call WakeIdle()
    {
        int blocks = Machine.Current.Footprint.DirectReads ? Machine.Current.Places.Blocks : 0; // else nobody waits
        for (int block = 0; block < blocks; block++)
        {
            if (BlockAllocator.IdleWaiters(block).HasWaiters && IsIdle(block))
            {
                await new AccessStep(BlockAllocator.Pins(block).Index);
                if (IsIdle(block))
                {
                    BlockAllocator.IdleWaiters(block).WakeAllNow();
                }
            }
        }
    }
}

/// <summary>A pinned page, or why there is none.</summary>
/// <param name="Fault">The fault's result; None: pinned.</param>
/// <param name="Pfn">The page.</param>
internal readonly record struct PinResult(VmFault Fault, Pfn Pfn);
