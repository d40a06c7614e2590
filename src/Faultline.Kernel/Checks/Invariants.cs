using Faultline.Engine;
using Faultline.Engine.Sync;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Checks;

/// <summary>What must hold in every state, on every version (I-numbers: docs/kernel-model.md).</summary>
internal static class Invariants
{
    /// <summary>Checks a state between two steps.</summary>
    public static void CheckState(Machine machine)
    {
        for (int map = 0; map < machine.Maps.Length; map++)
        {
            var vma = new Vma(map);
            int pages = vma.Pages;
            for (int page = 0; page < pages; page++)
            {
                Pte pte = vma.Pte(page).Raw;
                if (pte.IsPresent)
                {
                    CheckPte(vma, page, pte);
                }
            }
        }

        for (int file = 0; file < machine.Program.Files.Count; file++)
        {
            var inode = new Inode(file);
            for (int page = 0; page < inode.Pages; page++)
            {
                CheckEntry(machine, inode.Entry(page));
            }
        }
    }

    /// <summary>I5: nobody but an unmap replaces a private copy. Called before a PTE is written, with ptl held.</summary>
    public static void CheckPteChange(Word<Pte> slot, Pte next, bool removesPrivateCopies)
    {
        Pte present = slot.Raw;
        if (present.IsPresent && present.Pfn.IsAnon && next.Pfn != present.Pfn && !removesPrivateCopies)
        {
            Fail("I5", slot.Index, $"the private copy {present.Pfn} gives way to {next}");
            PageAllocator.FreePage(present.Pfn); // really it leaks; the search must not run out of pages after its finding
        }
    }

    /// <summary>I11 and use after free: an access must reach the page that the file or the mapping really has.</summary>
    public static void CheckAccess(Vma vma, int page, Pfn pfn, bool write)
    {
        if (pfn.IsAnon && PageAllocator.IsFree(pfn))
        {
            Fail("use-after-free", vma.Pte(page).Index, $"{pfn} is free");
        }

        if (!write)
        {
            return;
        }

        Extent extent = vma.Inode.Extent(page).Raw;
        bool lost = pfn.Kind is PfnKind.Zero or PfnKind.HolePage
            || (pfn.IsBlock && (extent.Type != IomapType.Mapped || extent.Block != pfn.Index));
        if (lost)
        {
            Fail("I11", vma.Pte(page).Index, $"a store goes to {pfn}, which no load of this file will see");
        }

        if (pfn.IsBlock && !vma.IsShared)
        {
            Fail("private-store-to-file", vma.Pte(page).Index, $"a private store goes to {pfn}");
        }
    }

    /// <summary>I6: a private copy is the file's content; zeroes only for a hole. Called when a copy is about to be installed.</summary>
    public static void CheckCopy(VmFaultInfo vmf, bool zeroFilled)
    {
        if (zeroFilled && vmf.OrigPte.Pfn.IsBlock)
        {
            Fail("I6", vmf.Pte.Index, $"a copy of {vmf.OrigPte.Pfn} that was never made is installed as zeroes");
        }
    }

    /// <summary>I8: a waiter whose entry nobody has locked was not woken; anything else that is stuck is a deadlock.</summary>
    public static Violation Stuck(Machine machine, Execution execution)
    {
        for (int file = 0; file < machine.Program.Files.Count; file++)
        {
            var inode = new Inode(file);
            for (int page = 0; page < inode.Pages; page++)
            {
                if (inode.EntryWaiters(page).HasWaiters && !inode.Entry(page).Raw.IsLocked)
                {
                    return new Violation(ViolationKind.LostWakeup, "I8");
                }
            }
        }

        return new Violation(ViolationKind.Deadlock, "deadlock");
    }

    private static void CheckPte(Vma vma, int page, Pte pte)
    {
        if (pte.IsWritable && pte.Pfn.Kind is PfnKind.Zero or PfnKind.HolePage)
        {
            Fail("zero-page-writable", vma.Pte(page).Index, "every reader of a hole would see what is stored here");
        }

        Inode inode = vma.Inode;
        MappingEntry entry = inode.Entry(page).Raw;
        if (vma.IsShared && pte.IsWritable && pte.Pfn.IsBlock && !entry.IsLocked && !(entry.IsReal && entry.IsDirty))
        {
            Fail("I2", vma.Pte(page).Index, $"a store here would not be flushed: the entry is {entry}");
        }

        if (!pte.Pfn.IsAnon && !MatchesFile(inode, page, pte.Pfn) && !BlockMayBeChanging(inode, page, entry))
        {
            Fail("I3", vma.Pte(page).Index, $"the file has {inode.Extent(page).Raw}");
        }
    }

    private static bool MatchesFile(Inode inode, int page, Pfn pfn)
    {
        Extent extent = inode.Extent(page).Raw;
        return pfn.IsBlock
            ? extent.Type == IomapType.Mapped && extent.Block == pfn.Index
            : extent.Type != IomapType.Mapped;
    }

    // Between a change of the block and the end of the invalidation, whoever makes the change holds one of these.
    private static bool BlockMayBeChanging(Inode inode, int page, MappingEntry entry) =>
        entry.IsLocked || inode.IsWritingAt(page) || (entry.IsPage && inode.HolePageLock(page).IsOwned);

    // I10: what stands for a hole is never DIRTY; since v4.14 no slot holds a page.
    private static void CheckEntry(Machine machine, Word<MappingEntry> slot)
    {
        MappingEntry entry = slot.Raw;
        if (entry.IsDirty && (entry.IsEmpty || entry.IsZero) && !entry.IsLocked)
        {
            Fail("I10", slot.Index, $"the entry is {entry}");
        }

        if (entry.IsPage && machine.Version.HoleBacking == Versions.HoleBacking.CommonZeroPage)
        {
            Fail("I10", slot.Index, "a page-cache page in a DAX mapping");
        }
    }

    private static void Fail(string invariant, int word, string detail) =>
        Execution.Current.Raise(ViolationKind.Invariant, invariant, word, detail);
}
