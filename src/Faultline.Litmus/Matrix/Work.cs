using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Faultline.Litmus.Matrix;

/// <summary>Several things at a time.</summary>
internal static class Work
{
    /// <summary>Does something for each number, in their order, several at a time; after an interruption begins no more.</summary>
    public static void ForEach(int count, int workers, Action<int> body, CancellationToken cancellation)
    {
        OrderablePartitioner<int> oneByOne = Partitioner.Create(Enumerable.Range(0, count), EnumerablePartitionerOptions.NoBuffering);
        try
        {
            Parallel.ForEach(
                oneByOne, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(workers, 1), CancellationToken = cancellation }, body);
        }
        catch (OperationCanceledException)
        {
            // what was done is there
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
