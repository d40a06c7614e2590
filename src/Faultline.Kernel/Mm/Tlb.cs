using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>
/// Each CPU's cached translations, one CPU to a thread. A CPU may use a translation that it has cached until it is flushed, or walk
/// the page table anew at any time. A huge page's translation serves all its pages, and goes as a whole.
/// </summary>
internal static class Tlb
{
    /// <summary>A CPU's cached translation of a page of a mapping of its own process.</summary>
    public static Word<Pte> Entry(int cpu, Vma vma, int page) => new(Machine.Current.Places.Tlb(cpu, vma.Index, page));

    /// <summary>arch/x86/mm/tlb.c flush_tlb_mm_range(): returns when no CPU has a translation of these pages any more.</summary>
    public static async Call FlushTlbRange(Vma vma, int page, int pages)
    {
        Machine machine = Machine.Current;
        if (machine.Costs is { } costs)
        {
            costs.TlbFlushes++;
        }

        if (!AnyRevocable(vma, page, pages))
        {
            return; // no CPU keeps translations of pages that cannot lose them
        }

        await new AccessStep(FirstCpu(vma, page).Index);
        Execution.Current.Recorder?.Note("flush TLBs");
        for (int cpu = 0; cpu < Machine.Current.Threads; cpu++)
        {
            for (int p = page; p < page + pages && Machine.Current.Places.HasTlb(cpu, vma.Index); p++)
            {
                Forget(cpu, vma, p);
            }
        }
    }

    /// <summary>Caches the translation of a page, or of all pages of its huge page.</summary>
    public static void Fill(int cpu, Vma vma, int page, Pte pte)
    {
        if (!vma.HasRoomForHuge || !vma.Pmd(vma.PmdOf(page)).Raw.IsHuge)
        {
            Entry(cpu, vma, page).WriteAlso(pte);
            return;
        }

        Pmd pmd = vma.Pmd(vma.PmdOf(page)).Raw;
        int first = vma.FirstPageOf(vma.PmdOf(page));
        for (int offset = 0; offset < Machine.Current.Program.HugePagePages; offset++)
        {
            Entry(cpu, vma, first + offset).WriteAlso(pmd.PteOf(offset).AsPartOfHuge());
        }
    }

    /// <summary>Drops a CPU's translation of a page, with all of the huge page that it is part of.</summary>
    public static void Forget(int cpu, Vma vma, int page)
    {
        if (Entry(cpu, vma, page).Raw.IsOfHuge)
        {
            int first = vma.FirstPageOf(vma.PmdOf(page));
            for (int p = first; p < first + Machine.Current.Program.HugePagePages; p++)
            {
                if (Entry(cpu, vma, p).Raw.IsOfHuge)
                {
                    Entry(cpu, vma, p).WriteAlso(Pte.None);
                }
            }
        }

        Entry(cpu, vma, page).WriteAlso(Pte.None);
    }

    private static Word<Pte> FirstCpu(Vma vma, int page)
    {
        int cpu = 0;
        while (!Machine.Current.Places.HasTlb(cpu, vma.Index))
        {
            cpu++;
        }

        return Entry(cpu, vma, page);
    }

    private static bool AnyRevocable(Vma vma, int page, int pages)
    {
        for (int p = page; p < page + pages; p++)
        {
            if (Machine.Current.Footprint.IsRevocable(vma.MappedPage(p)))
            {
                return true;
            }
        }

        return false;
    }
}
