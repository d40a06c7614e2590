using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Mm;
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

    /// <summary>Loads a word.</summary>
    [KernelName("load")]
    public static Call<AccessResult> Load(Vma vma, int page, int word, bool keepTranslation) =>
        Access(new Target(vma, page, word), false, 0, keepTranslation);

    /// <summary>Stores a word.</summary>
    [KernelName("store")]
    public static Call<AccessResult> Store(Vma vma, int page, int word, int value, bool keepTranslation) =>
        Access(new Target(vma, page, word), true, value, keepTranslation);

    /// <summary>
    /// One access. Where PTEs can lose their page while threads run, a walk and the access that follows it are two steps, and a
    /// cached translation may be used although the PTE has changed; elsewhere neither can be told from one step.
    /// </summary>
    [KernelName("access")]
    private static async Call<AccessResult> Access(Target target, bool write, int value, bool keep)
    {
        if (!Machine.Current.Footprint.IsRevocable(target.MappedPage))
        {
            await new AccessStep(target.Pte.Index);
            return Walk(target, write) ? Transfer(target, target.Pte.Raw.Pfn, write, value) : AccessResult.Fault;
        }

        for (;;)
        {
            int how = await new AccessStep(target.Pte.Index, target.Tlb.Raw.IsNone ? 1 : 2);
            Pte cached = target.Tlb.Raw;
            bool usable = Allows(cached, write);
            if (how == WalkAnew && (!usable || cached == target.Pte.Raw))
            {
                Execution.Current.Prune(); // the first alternative walks, or finds the same
                return AccessResult.Fault;
            }

            if (!usable || how == WalkAnew)
            {
                if (!Walk(target, write))
                {
                    target.Tlb.WriteAlso(Pte.None); // a fault drops the translation
                    return AccessResult.Fault;
                }

                target.Tlb.WriteAlso(target.Pte.Raw);
                await new AccessStep(target.Pte.Index);
                cached = target.Tlb.Raw;
            }

            if (!cached.IsNone)
            {
                if (!keep)
                {
                    target.Tlb.WriteAlso(Pte.None); // never used again: as good as evicted
                }

                return Transfer(target, cached.Pfn, write, value);
            }
        }
    }

    private static bool Allows(Pte pte, bool write) => pte.IsPresent && (!write || (pte.IsWritable && pte.IsDirty));

    // A page walk; for a store it also sets the dirty bit, as the CPU does, in the same locked operation.
    private static bool Walk(Target target, bool write)
    {
        Pte pte = target.Pte.Raw;
        if (!pte.IsPresent || (write && !pte.IsWritable))
        {
            return false;
        }

        if (write && !pte.IsDirty)
        {
            target.Pte.HardwareWrite(pte.MkDirty());
        }

        return true;
    }

    private static AccessResult Transfer(Target target, Pfn pfn, bool write, int value)
    {
        Invariants.CheckAccess(target.Vma, target.Page, pfn, write);
        Word<int> word = PageData.Word(pfn, target.Word);
        if (!write)
        {
            return new AccessResult(0, word.Raw);
        }

        word.WriteAlso(value);
        return default;
    }

    private readonly record struct Target(Vma Vma, int Page, int Word)
    {
        public int MappedPage => Vma.MappedPage(Page);

        public Word<Pte> Pte => Vma.Pte(Page);

        public Word<Pte> Tlb => Mm.Tlb.Entry(Execution.Current.Me, MappedPage);
    }
}
