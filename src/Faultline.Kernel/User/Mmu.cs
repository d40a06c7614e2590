using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Mm;
using Faultline.Kernel.Pmem;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.User;

/// <summary>The answer of the MMU to one access.</summary>
/// <param name="FaultFlag">Not 0: the translation is missing or does not allow the access.</param>
/// <param name="Value">What was loaded.</param>
public readonly record struct AccessResult(int FaultFlag, int Value)
{
    /// <summary>A page fault.</summary>
    public static readonly AccessResult Fault = new(1, 0);

    /// <summary>True when the access did not happen.</summary>
    public bool IsFault => FaultFlag != 0;
}

/// <summary>How a CPU reads and writes a word through a mapping: by a cached translation, or by a walk of the page table.</summary>
internal static class Mmu
{
    private const int WalkAnew = 1;
    private const int Loads = 0;
    private const int Stores = 1;
    private const int WritesBack = 2;

    /// <summary>Loads a word.</summary>
    [KernelName("load")]
    public static Call<AccessResult> Load(Vma vma, int page, int word, bool keepTranslation) =>
        Access(new Target(vma, page, word, Loads), 0, keepTranslation);

    /// <summary>Stores a word.</summary>
    [KernelName("store")]
    public static Call<AccessResult> Store(Vma vma, int page, int word, int value, bool keepTranslation) =>
        Access(new Target(vma, page, word, Stores), value, keepTranslation);

    /// <summary>Writes a word's cache line back (clwb): needs a translation as a load does.</summary>
    [KernelName("clwb")]
    public static Call<AccessResult> WriteBack(Vma vma, int page, int word, bool keepTranslation) =>
        Access(new Target(vma, page, word, WritesBack), 0, keepTranslation);

    /// <summary>
    /// One access. Where PTEs can lose their page while threads run, a walk and the access that follows it are two steps, and a
    /// cached translation may be used although the PTE has changed; elsewhere neither can be told from one step.
    /// </summary>
    [KernelName("access")]
    private static async Call<AccessResult> Access(Target target, int value, bool keep)
    {
        if (!Machine.Current.Footprint.IsRevocable(target.MappedPage))
        {
            await new AccessStep(target.Pte.Index);
            return Walk(target) ? Transfer(target, target.Mapped.Pfn, value) : AccessResult.Fault;
        }

        for (;;)
        {
            int how = await new AccessStep(target.Pte.Index, target.Tlb.Raw.IsNone ? 1 : 2);
            Pte cached = target.Tlb.Raw;
            bool usable = Allows(cached, target.IsStore);
            if (how == WalkAnew && (!usable || cached.AsBasePage() == target.Mapped))
            {
                Execution.Current.Prune(); // the first alternative walks, or finds the same
                return AccessResult.Fault;
            }

            if (!usable || how == WalkAnew)
            {
                if (!Walk(target))
                {
                    Tlb.Forget(Execution.Current.Me, target.Vma, target.Page); // a fault drops the translation
                    return AccessResult.Fault;
                }

                Tlb.Fill(Execution.Current.Me, target.Vma, target.Page, target.Mapped);
                await new AccessStep(target.Pte.Index);
                cached = target.Tlb.Raw;
            }

            if (!cached.IsNone)
            {
                if (!keep)
                {
                    Tlb.Forget(Execution.Current.Me, target.Vma, target.Page); // never used again: as good as evicted
                }

                return Transfer(target, cached.Pfn, value);
            }
        }
    }

    private static bool Allows(Pte pte, bool write) => pte.IsPresent && (!write || (pte.IsWritable && pte.IsDirty));

    // A page walk; for a store it also sets the dirty bit, as the CPU does, in the same locked operation.
    private static bool Walk(Target target)
    {
        bool write = target.IsStore;
        Pte pte = target.Mapped;
        if (!pte.IsPresent || (write && !pte.IsWritable))
        {
            return false;
        }

        if (write && !pte.IsDirty)
        {
            SetDirty(target);
        }

        return true;
    }

    private static void SetDirty(Target target)
    {
        if (target.Vma.HasRoomForHuge)
        {
            Word<Pmd> slot = target.Vma.Pmd(target.Vma.PmdOf(target.Page));
            if (slot.Raw.IsHuge)
            {
                slot.HardwareWrite(Pmd.Huge(slot.Raw.AsPte.MkDirty()));
                return;
            }
        }

        target.Pte.HardwareWrite(target.Pte.Raw.MkDirty());
    }

    private static AccessResult Transfer(Target target, Pfn pfn, int value)
    {
        Invariants.CheckAccess(target.Vma, target.Page, pfn, target.IsStore);
        Word<int> word = PageData.Word(pfn, target.Word);
        if (target.What == WritesBack)
        {
            CacheLines.WriteBack(pfn, target.Word);
            return default;
        }

        if (!target.IsStore)
        {
            return new AccessResult(0, word.Raw);
        }

        word.WriteAlso(value);
        CacheLines.NoteStore(pfn, target.Word);
        Invariants.CheckSyncStore(target.Vma, target.Page, pfn);
        return default;
    }

    private readonly record struct Target(Vma Vma, int Page, int Word, int What)
    {
        public bool IsStore => What == Stores;

        public int MappedPage => Vma.MappedPage(Page);

        public Word<Pte> Pte => Vma.Pte(Page);

        public Pte Mapped => PageTable.WalkRaw(Vma, Page);

        public Word<Pte> Tlb => Mm.Tlb.Entry(Execution.Current.Me, Vma, Page);
    }
}
