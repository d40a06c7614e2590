using Faultline.Kernel.Programs;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Tests;

/// <summary>Processes, declared and forked, and what mappings they get.</summary>
public class ProcessTests
{
    private const string Family =
        """
        DAX family
        {
          file f = [block 7, hole * 3];
          map A = mmap(f, shared, rw, sync, huge);
          map B = mmap(f, private, rw) in Q;
          map C = mmap(f, private, r, huge);
          process Q = P1, P4;
        }
         P0         | P1       | P2         | P3         | P4         | P5         ;
         fork(P3)   | fork(P5) | A[2] = 2   | fork(P2)   | B[0] = 4   | r0 = B[0]  ;
         A[0] = 1   |          | msync(C)   | r0 = C[1]  |            | munmap(B)  ;
        exists (A[0]=1 /\ pte(B[0])=anon /\ writable(C[3]))
        """;

    private static readonly CompileLimits Wide = CompileLimits.Search with { MaxPagesTotal = 64 };

    [Fact]
    public void Without_processes_there_is_the_main_one()
    {
        UserProgram program = Samples.Compile(Samples.Generic437);

        Assert.Equal([new ProcessSpec("main", -1)], program.Processes);
        Assert.All(program.Threads, t => Assert.Equal(0, t.Process));
        Assert.Equal(UserProgram.SmallHugePage, program.HugePagePages);
        Assert.False(program.MountedReadOnly);
        Assert.True(Samples.Compile(Samples.ReadOnlyMount).MountedReadOnly);
    }

    [Fact]
    public void Parents_come_before_their_children()
    {
        UserProgram program = Samples.Compile(Family, Wide);

        Assert.Equal(
            [
                new ProcessSpec("main", -1), new ProcessSpec("Q", -1), new ProcessSpec("fork-P3", 0), new ProcessSpec("fork-P5", 1),
                new ProcessSpec("fork-P2", 2),
            ],
            program.Processes);
        Assert.Equal([0, 1, 4, 2, 1, 3], program.Threads.Select(t => t.Process));
    }

    [Fact]
    public void A_child_has_copies_of_all_mappings_of_its_parent()
    {
        UserProgram program = Samples.Compile(Family, Wide);

        MapSpec a = new("A", 0, Shared: true, Writable: true) { Sync = true, Alignment = Alignment.Huge };
        MapSpec b = new("B", 0, Shared: false, Writable: true) { Process = 1 };
        MapSpec c = new("C", 0, Shared: false, Writable: false) { Alignment = Alignment.Huge };
        Assert.Equal(
            [
                a, b, c,
                a with { Process = 2, CopyOf = 0 }, c with { Process = 2, CopyOf = 2 },
                b with { Process = 3, CopyOf = 1 },
                a with { Process = 4, CopyOf = 3 }, c with { Process = 4, CopyOf = 4 },
            ],
            program.Maps);
    }

    [Fact]
    public void Instructions_name_the_mappings_of_their_own_process()
    {
        UserProgram program = Samples.Compile(Family, Wide);

        Assert.Equal([new Instruction(Opcode.Fork, -1, -1, 0, -1, 3, 0, 10), new Instruction(Opcode.Store, 0, 0, 0, -1, 1, 0, 11)], program.Threads[0].Code);
        Assert.Equal([(Opcode.Fork, -1, 5)], program.Threads[1].Code.Select(i => (i.Opcode, i.Object, i.Value)));
        Assert.Equal([(Opcode.Store, 6), (Opcode.Msync, 7)], program.Threads[2].Code.Select(i => (i.Opcode, i.Object)));
        Assert.Equal([(Opcode.Fork, -1), (Opcode.Load, 4)], program.Threads[3].Code.Select(i => (i.Opcode, i.Object)));
        Assert.Equal([(Opcode.Store, 1)], program.Threads[4].Code.Select(i => (i.Opcode, i.Object)));
        Assert.Equal([(Opcode.Load, 5), (Opcode.Munmap, 5)], program.Threads[5].Code.Select(i => (i.Opcode, i.Object)));
    }

    [Fact]
    public void Conditions_see_the_mapping_that_was_declared()
    {
        LitmusTest test = Samples.Parse(Family);

        Assert.Equal([new MapWord(0, "A", 0, 0), new PteContents(1, "B", 0), new PteWritable(2, "C", 3)], test.Observables);
    }

    [Fact]
    public void A_fork_in_a_loop_that_runs_once_is_one_fork()
    {
        UserProgram program = Samples.Compile(
            "DAX t { file f = [hole]; map A = mmap(f, shared, rw); } P0 | P1 ; repeat 1 { | A[0] = 1 ; fork(P1) | ; } | ; exists true");

        Assert.Equal(1, program.Threads[1].Process);
        Assert.Equal(2, program.Maps.Count);
    }

    [Fact]
    public void A_store_may_follow_an_mprotect_of_any_process()
    {
        string text = "DAX t { file f = [hole]; map A = mmap(f, private, r); } P0 | P1 ; fork(P1) | A[0] = 1 ; mprotect(A, rw) | ; exists true";

        Assert.True(LitmusParser.Parse("t", text).IsSuccess);
        Assert.False(LitmusParser.Parse("t", text.Replace("(A, rw)", "(A, r)")).IsSuccess);
    }

    [Fact]
    public void Real_geometry_has_real_huge_pages()
    {
        UserProgram program = Samples.Compile(
            "DAX t\nGeometry=real\n{ file f = [hole * 1024]; map A = mmap(f, shared, r, huge); map B = mmap(f, shared, r, misaligned); } P0 ; ; exists true",
            CompileLimits.Cost);

        Assert.Equal(512, program.HugePagePages);
        Assert.Equal([Alignment.Huge, Alignment.Misaligned], program.Maps.Select(m => m.Alignment));
    }
}
