using Faultline.Engine.Sync;
using Faultline.Kernel.Dax;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Pmem;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Checks;

/// <summary>Checks of single steps: called where the step is taken.</summary>
internal static partial class Invariants
{
    /// <summary>I5: nobody but an unmap replaces a private copy. Called before a PTE is written, with ptl held.</summary>
    public static void CheckPteChange(Word<Pte> slot, Pte next, bool removesPrivateCopies)
    {
        NoteMapped(next.Pfn, 1);
        Pte present = slot.Raw;
        bool replaced = present.IsPresent && present.Pfn.IsAnon && next.Pfn != present.Pfn;
        if (replaced && !removesPrivateCopies && PageAllocator.CountOf(present.Pfn) == 1)
        {
            Fail("I5", slot.Index, $"the private copy {present.Pfn} gives way to {next}");
            PageAllocator.FreePage(present.Pfn); // really it leaks; the search must not run out of pages after its finding
        }
    }

    /// <summary>I1: a huge page does not take the place of a page table. Called before a PMD is written, with pmd_lock held.</summary>
    public static void CheckPmdChange(Word<Pmd> slot, Pmd next)
    {
        NoteMapped(next.PteOf(0).Pfn, next.IsHuge ? Machine.Current.Program.HugePagePages : 0);
        if (slot.Raw.IsTable && next.IsHuge)
        {
            Fail("I1", slot.Index, $"a page table gives way to {next}");
        }
    }

    /// <summary>I1: a PTE needs a page table.</summary>
    public static void CheckPteHasTable(VmFaultInfo vmf)
    {
        if (vmf.Vma.HasRoomForHuge && !vmf.Pmd.Raw.IsTable)
        {
            Fail("I1", vmf.Pmd.Index, $"a PTE is put where the PMD is {vmf.Pmd.Raw}");
        }
    }

    /// <summary>I11, I4 and use after free: an access must reach the page that the file or the mapping really has.</summary>
    public static void CheckAccess(Vma vma, int page, Pfn pfn, bool write)
    {
        if (pfn.IsAnon && PageAllocator.IsFree(pfn))
        {
            Fail("use-after-free", vma.Pte(page).Index, $"{pfn} is free");
        }

        if (pfn.IsBlock && BlockAllocator.CountOf(pfn.Index) == 0)
        {
            Fail("I4", vma.Pte(page).Index, $"an access goes to {pfn}, which is free");
        }

        if (!write)
        {
            return;
        }

        Inode inode = vma.Inode;
        bool lost = pfn.StandsForHole || (pfn.IsBlock && !MatchesFile(inode, page, pfn) && !IsBeingCopied(inode, page));
        if (lost && !inode.IsLayoutChanging)
        {
            Fail("I11", vma.Pte(page).Index, $"a store goes to {pfn}, which no load of this file will see");
        }

        if (pfn.IsBlock && !vma.IsShared)
        {
            Fail("private-store-to-file", vma.Pte(page).Index, $"a private store goes to {pfn}");
        }
    }

    // A copy-on-write has its PTE before its block is the file's; the entry is locked until then.
    private static bool IsBeingCopied(Inode inode, int page) =>
        Machine.Current.Footprint.Reflinks && (inode.Entry(DaxEntries.SlotOf(inode, page)).Raw.IsLocked || inode.CowFork(page).Raw.Bits != 0);

    /// <summary>I4: a device writes to a page that was pinned for it: it must still be a page that may be written, of this file.</summary>
    public static void CheckDma(Vma vma, int page, Pfn pfn)
    {
        if (pfn.IsBlock && (BlockAllocator.CountOf(pfn.Index) == 0 || !MatchesFile(vma.Inode, page, pfn)))
        {
            Fail("I4", vma.Pte(page).Index, $"a device writes to {pfn}, which is not the file's any more");
        }
    }

    /// <summary>A page is pinned for a device to write to: the mapping must allow that.</summary>
    public static void CheckPin(Vma vma, int page, Pte pte)
    {
        Pfn pfn = pte.Pfn;
        if (pfn.IsBlock && !pte.IsWritable && !vma.IsWritable) // a PTE that mprotect(2) has not come to yet is as good as before it
        {
            Fail("write-to-read-only", vma.Pte(page).Index, $"a device may write to {pfn} through a read-only mapping");
        }

        if (pfn.IsBlock && !vma.IsShared)
        {
            Fail("private-store-to-file", vma.Pte(page).Index, $"a device may write to {pfn} through a private mapping");
        }
    }

    /// <summary>I4: a block that is freed is mapped nowhere and pinned by nobody.</summary>
    public static void CheckBlockFreed(int block)
    {
        Machine machine = Machine.Current;
        for (int map = 0; map < machine.Maps.Length; map++)
        {
            var vma = new Vma(map);
            for (int page = 0; page < vma.Pages; page++)
            {
                if (IsMappedHere(vma, page, Pfn.Block(block)))
                {
                    Fail("I4", vma.Pte(page).Index, $"block {block} is freed while it is mapped");
                }
            }
        }

        if (machine.Footprint.DirectReads && BlockAllocator.Pins(block).Raw != 0)
        {
            Fail("I4", BlockAllocator.Pins(block).Index, $"block {block} is freed while it is pinned");
        }
    }

    /// <summary>
    /// fs/dax.c dax_folio_put() (v6.15; 4 KiB pages v7.1): an entry goes whose page is still mapped or pinned, and no other entry has it.
    /// </summary>
    public static void CheckEntryDeleted(Inode inode, int slot, MappingEntry entry)
    {
        FolioPutCheck check = entry.IsReal ? Machine.Current.Version.FolioPutCheck : FolioPutCheck.None;
        if (check == FolioPutCheck.None || (check == FolioPutCheck.HugeOnly && !entry.IsHuge))
        {
            return;
        }

        int pages = entry.IsHuge ? Machine.Current.Program.HugePagePages : 1;
        for (int page = 0; page < pages; page++)
        {
            int block = entry.Pfn.Index + page;
            bool pinned = Machine.Current.Footprint.DirectReads && BlockAllocator.Pins(block).Raw != 0;
            if ((pinned || Memory.CountMappings(Pfn.Block(block)) > 0) && !HasOtherEntry(inode, block))
            {
                Sites.Warn("dax_folio_put", inode.Entry(slot).Index, $"{entry} goes while it is {(pinned ? "pinned" : "mapped")}");
            }
        }
    }

    // The entry of an extent that another file shares: folio->share counts them (dax_folio_make_shared()).
    private static bool HasOtherEntry(Inode inode, int block)
    {
        for (int file = 0; file < Machine.Current.Program.Files.Count; file++)
        {
            var other = new Inode(file);
            for (int index = 0; other != inode && Machine.Current.Footprint.Reflinks && index < other.Capacity; index++)
            {
                MappingEntry entry = other.Entry(index).Raw;
                int pages = entry.IsHuge ? Machine.Current.Program.HugePagePages : 1;
                if (entry.IsReal && block >= entry.Pfn.Index && block < entry.Pfn.Index + pages)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>I6: a private copy is the file's content; zeroes only for a hole. Called when a copy is about to be installed.</summary>
    public static void CheckCopy(VmFaultInfo vmf, bool zeroFilled)
    {
        if (zeroFilled && vmf.OrigPte.Pfn.IsBlock)
        {
            Fail("I6", vmf.Pte.Index, $"a copy of {vmf.OrigPte.Pfn} that was never made is installed as zeroes");
        }
    }

    /// <summary>
    /// I7: what was stored before fsync began is persistent when it returns; but not while a layout change of the file is under way, which
    /// may be about to drop it.
    /// </summary>
    public static void CheckPromise(Inode inode)
    {
        int line = CacheLines.FindBroken(inode);
        if (line >= 0 && !inode.IsLayoutChanging)
        {
            Fail("I7", Machine.Current.Places.BlockData + line, "fsync has returned, and a store from before it is in the CPU cache only");
        }
    }

    /// <summary>I7: a store through a MAP_SYNC mapping retires only when the metadata that leads to its block is persistent.</summary>
    public static void CheckSyncStore(Vma vma, int page, Pfn pfn)
    {
        if (vma.IsSync && pfn.IsBlock && MatchesFile(vma.Inode, page, pfn) && !DurableMetadata.Leads(vma.Inode.FilePage(page)))
        {
            Fail("I7", vma.Pte(page).Index, $"a MAP_SYNC store is done, and the way to {pfn} is not persistent");
        }
    }

    // Whether these blocks are free is a matter of this step: the states after it are checked for that (I4).
    private static void NoteMapped(Pfn first, int pages)
    {
        for (int page = 0; page < pages && first.IsBlock; page++)
        {
            _ = BlockAllocator.CountOf(first.Index + page);
        }
    }

    private static bool IsMappedHere(Vma vma, int page, Pfn pfn)
    {
        bool mapped = PageTable.WalkRaw(vma, page).Pfn == pfn;
        for (int cpu = 0; cpu < Machine.Current.Threads; cpu++)
        {
            mapped |= Machine.Current.Places.HasTlb(cpu, vma.Index) && Tlb.Entry(cpu, vma, page).Raw.Pfn == pfn;
        }

        return mapped;
    }
}
