using Faultline.Engine;
using Faultline.Engine.Sync;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>The contents of page frames, word by word.</summary>
internal static class PageData
{
    /// <summary>A word of a page. A hole's page-cache page is the zero page by another name: it is never written.</summary>
    public static Word<int> Word(Pfn pfn, int word)
    {
        MachineLayout places = Machine.Current.Places;
        int first = pfn.Kind switch
        {
            PfnKind.Block => places.BlockData + (pfn.Index * WordsPerPage),
            PfnKind.Anon => places.AnonData + (pfn.Index * WordsPerPage),
            PfnKind.Zero or PfnKind.HolePage or PfnKind.HugeZero => places.ZeroPageData,
            _ => throw new ModelException("contents of no page"),
        };
        return new Word<int>(first + word);
    }

    /// <summary>Words of a page in this machine's geometry.</summary>
    public static int WordsPerPage => Machine.Current.Program.WordsPerPage;

    /// <summary>Zeroes a page that nobody else can reach yet.</summary>
    public static void ClearUnreachable(Pfn page)
    {
        for (int word = 0; word < WordsPerPage; word++)
        {
            Word(page, word).Raw = 0;
        }
    }
}
