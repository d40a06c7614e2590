using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>
/// Each CPU's cached translations, one CPU to a thread. A CPU may use a translation that it has cached until it is flushed, or walk
/// the page table anew at any time.
/// </summary>
internal static class Tlb
{
    /// <summary>A CPU's cached translation of a mapped page.</summary>
    public static Word<Pte> Entry(int cpu, int mappedPage)
    {
        MachineLayout places = Machine.Current.Places;
        return new Word<Pte>(places.Tlb + (cpu * places.MappedPages) + mappedPage);
    }

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

        await new AccessStep(Entry(0, vma.MappedPage(page)).Index);
        Execution.Current.Recorder?.Note("flush TLBs");
        for (int cpu = 0; cpu < Machine.Current.Threads; cpu++)
        {
            for (int p = page; p < page + pages; p++)
            {
                Entry(cpu, vma.MappedPage(p)).WriteAlso(Pte.None);
            }
        }
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
