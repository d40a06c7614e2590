using Faultline.Engine;
using Faultline.Engine.Sync;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Checks;

/// <summary>What must hold in every state, on every version (I-numbers: docs/kernel-model.md). Checks of single steps are in Invariants.Steps.cs.</summary>
internal static partial class Invariants
{
    /// <summary>Checks a state between two steps.</summary>
    public static void CheckState(Machine machine)
    {
        if (MachineView.Crashed(machine))
        {
            return;
        }

        for (int map = 0; map < machine.Maps.Length; map++)
        {
            CheckPageTable(new Vma(map));
        }

        for (int file = 0; file < machine.Program.Files.Count; file++)
        {
            var inode = new Inode(file);
            for (int page = 0; page < inode.Capacity; page++)
            {
                CheckEntry(machine, inode.Entry(page));
            }
        }
    }

    /// <summary>I8: a waiter whose entry nobody has locked, or whose page nobody has pinned, was not woken; anything else that is stuck is a deadlock.</summary>
    public static Violation Stuck(Machine machine, Execution execution)
    {
        for (int file = 0; file < machine.Program.Files.Count; file++)
        {
            var inode = new Inode(file);
            for (int page = 0; page < inode.Capacity; page++)
            {
                if (inode.EntryWaiters(page).HasWaiters && !inode.Entry(page).Raw.IsLocked)
                {
                    return new Violation(ViolationKind.LostWakeup, "I8");
                }
            }
        }

        for (int block = 0; machine.Footprint.DirectReads && block < machine.Places.Blocks; block++)
        {
            if (BlockAllocator.IdleWaiters(block).HasWaiters && BlockAllocator.Pins(block).Raw == 0)
            {
                return new Violation(ViolationKind.LostWakeup, "I8");
            }
        }

        return new Violation(ViolationKind.Deadlock, "deadlock");
    }

    private static void CheckPageTable(Vma vma)
    {
        for (int page = 0; page < vma.Pages; page++)
        {
            Pte pte = vma.Pte(page).Raw;
            if (vma.HasRoomForHuge)
            {
                Pmd pmd = vma.Pmd(vma.PmdOf(page)).Raw;
                if (pmd.IsHuge && pte.IsPresent)
                {
                    Fail("I1", vma.Pte(page).Index, $"a PTE under the huge PMD {pmd}");
                }

                pte = PageTable.WalkRaw(vma, page);
            }

            if (pte.IsPresent)
            {
                CheckPte(vma, page, pte);
            }
        }
    }

    private static void CheckPte(Vma vma, int page, Pte pte)
    {
        if (pte.IsWritable && pte.Pfn.StandsForHole)
        {
            Fail("zero-page-writable", vma.Pte(page).Index, "every reader of a hole would see what is stored here");
        }

        Inode inode = vma.Inode;
        MappingEntry entry = inode.Entry(Dax.DaxEntries.SlotOf(inode, page)).Raw;
        bool mayBeStoredTo = vma.IsShared && pte.IsWritable && pte.Pfn.IsBlock;
        if (mayBeStoredTo && !entry.IsLocked && !inode.IsLayoutChanging && !(entry.IsReal && entry.IsDirty))
        {
            Fail("I2", vma.Pte(page).Index, $"a store here would not be flushed: the entry is {entry}");
        }

        if (pte.Pfn.IsBlock && BlockAllocator.CountOf(pte.Pfn.Index) == 0)
        {
            Fail("I4", vma.Pte(page).Index, $"{pte.Pfn} is free");
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
        entry.IsLocked
        || inode.IsLayoutChanging
        || inode.IsWritingAt(page)
        || (entry.IsPage && inode.HolePageLock(page).IsOwned)
        || (Machine.Current.Version.BlockLookup == BlockLookup.BeforeEntryLock && inode.IsFaultingAt(page));

    // I10: what stands for a hole is never DIRTY (but v6.0 and v6.1 tag what a load finds, zero entries too); since v4.14 no slot holds a page.
    private static void CheckEntry(Machine machine, Word<MappingEntry> slot)
    {
        MappingEntry entry = slot.Raw;
        if (entry.IsDirty && !entry.IsLocked && (entry.IsEmpty || (entry.IsZero && machine.Version.ReadFaultTag == ReadFaultTag.Clean)))
        {
            Fail("I10", slot.Index, $"the entry is {entry}");
        }

        if (entry.IsPage && machine.Version.HoleBacking == HoleBacking.CommonZeroPage)
        {
            Fail("I10", slot.Index, "a page-cache page in a DAX mapping");
        }
    }

    private static void Fail(string invariant, int word, string detail) =>
        Execution.Current.Raise(ViolationKind.Invariant, invariant, word, detail);
}
