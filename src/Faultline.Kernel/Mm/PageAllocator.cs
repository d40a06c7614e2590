using Faultline.Engine;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>
/// Anonymous pages. A page is free, in use, or zapped by a thread that has not flushed yet. The lowest free page is taken: which
/// number a page has means nothing, so allocation is no scheduling point.
/// </summary>
internal static class PageAllocator
{
    private const int Free = 0;
    private const int InUse = 1;
    private const int Zapped = 2; // + thread

    /// <summary>mm/page_alloc.c, as alloc_page_vma() serves a private copy. Never fails.</summary>
    public static Pfn AllocPage()
    {
        Machine machine = Machine.Current;
        Execution execution = Execution.Current;
        MachineLayout places = machine.Places;
        for (int page = execution.Word(places.AnonHint); page < places.AnonPages; page++)
        {
            ref int state = ref execution.Word(places.AnonState + page);
            if (state == Free)
            {
                state = InUse;
                execution.Word(places.AnonHint) = page + 1;
                if (machine.Costs is { } costs)
                {
                    costs.AnonPages++;
                }

                return Pfn.Anon(page);
            }
        }

        throw new ModelException("out of anonymous pages: the machine's layout is too small");
    }

    /// <summary>mm/swap.c put_page(), last reference.</summary>
    public static void FreePage(Pfn page)
    {
        Execution execution = Execution.Current;
        MachineLayout places = Machine.Current.Places;
        execution.Word(places.AnonState + page.Index) = Free;
        for (int word = 0; word < Machine.Current.Program.WordsPerPage; word++)
        {
            PageData.Word(page, word).Raw = 0; // what a free page holds tells states apart for nothing
        }

        ref int hint = ref execution.Word(places.AnonHint);
        hint = Math.Min(hint, page.Index);
    }

    /// <summary>A PTE of this page was zapped; the page lives until the flush.</summary>
    public static void DeferFree(Pfn page) =>
        Execution.Current.Word(Machine.Current.Places.AnonState + page.Index) = Zapped + Execution.Current.Me;

    /// <summary>mm/memory.c tlb_finish_mmu(), after the flush: frees what this thread zapped.</summary>
    public static void FreeZapped()
    {
        Execution execution = Execution.Current;
        MachineLayout places = Machine.Current.Places;
        for (int page = 0; page < places.AnonPages; page++)
        {
            if (execution.Word(places.AnonState + page) == Zapped + execution.Me)
            {
                FreePage(Pfn.Anon(page));
            }
        }
    }

    /// <summary>True when nobody may touch the page any more.</summary>
    public static bool IsFree(Pfn page) => Execution.Current.Word(Machine.Current.Places.AnonState + page.Index) == Free;
}
