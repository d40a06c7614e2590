using Faultline.Kernel.Programs;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Tests;

/// <summary>What several tests need.</summary>
internal static class Samples
{
    public const string Generic437 =
        """
        DAX generic-437
        "A private store races a private load: insert_pfn() finds the anonymous COW page"
        Fstests=generic/437
        {
          file f = [block 7];                 (* page contents: hole | unwritten | block V | block V,V *)
          file g = [hole * 4, block 1, unwritten];
          map A = mmap(f, private, rw);       (* shared|private, rw|r *)
        }
         P0         | P1         ;
         A[0] = 1   | r0 = A[0]  ;
        exists (warn(insert_pfn) /\ 1:r0=1)
        """;

    /// <summary>Every construct of the language once.</summary>
    public const string Everything =
        """
        (* nested (* comments *)
           span lines *)
        DAX everything+at.once
        "All constructs"
        Fstests=generic/437
        Link = https://example.org/?a=b;c
        {
          file f = [block 7, block 1,2 * 2, block -3,4, hole, unwritten * 2, block 0x10];
          file g = [hole * 4];
          map A = mmap(f, private, rw);
          map B = mmap(f, shared, r);
          map C = mmap(g, shared, rw);
        }
         P0                     | P1                    | P2                 ;
         A[0] = 1               | r0 = B[0]             |                    ;
         A[1].1 = r2            | r1 = B[7].1           | repeat 2 {         ;
         write(f[0].1, r2)      | repeat 3 as i {       | madvise(A, DONTNEED) ;
         write(f[1], -5)        | repeat 2 as j {       | }                  ;
         r4, r5 = read(f[1])    | C[i] = 9              | madvise(A[7], DONTNEED) ;
         r7 = read(f[2])        | r3 = A[j].1           | r9 = read(g[3].0)  ;
                                | }                     |                    ;
                                | }                     |                    ;
        locations [1:r1; f[1].1; pte(A[0]); faults(P2);]
        ~exists ((warn(insert_pfn) \/ bug(dax.entry) \/ sigbus(P1)) /\ not (hang) /\ ~reach(insert_pfn.other_pfn)
          /\ P1:r0!=1 /\ A[0]=1 /\ A[0].1=-1 /\ f[0]=1 /\ f[0].1=1 /\ pte(A[0])!=zero /\ writable(A[0]) /\ dirty(A[0])
          /\ entry(f[0])=block /\ dirty(f[0]) /\ faults(P0)=2 /\ true)
        """;

    public static LitmusTest Parse(string text)
    {
        ParseResult result = LitmusParser.Parse("t.litmus", text);
        Assert.Equal([], result.Diagnostics.Select(d => d.ToString()));
        Assert.True(result.IsSuccess);
        return result.Test;
    }

    public static UserProgram Compile(string text, CompileLimits? limits = null)
    {
        CompileResult result = Compiler.Compile(Parse(text), limits ?? CompileLimits.Search);
        Assert.Equal([], result.Diagnostics.Select(d => d.ToString()));
        Assert.True(result.IsSuccess);
        return result.Program;
    }

    /// <summary>A test with one thread, one file <c>f</c> of two pages, mappings A (rw) and B (r), and these cells.</summary>
    public static string OneThread(params string[] cells) =>
        "DAX t\n{ file f = [block 7, hole]; map A = mmap(f, private, rw); map B = mmap(f, shared, r); }\nP0 ;\n"
        + string.Concat(cells.Select(c => $"{c} ;\n")) + "exists true\n";
}
